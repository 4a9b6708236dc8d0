import type { TensorSpec } from '../../core/tensor.ts'
import { Graph, type Value } from '../onnx/graph.ts'
import { cast } from '../onnx/operators.ts'
import { quote, refuse } from '../refuse.ts'
import { type CallArguments, mapArgument, tensorsIn } from './arguments.ts'
import {
  type Conversion,
  type ConvertedCall,
  convertLayer,
  type LayerSummary,
  summarize,
} from './convert-layer.ts'
import type { KerasFile } from './file.ts'
import { inputSpec } from './input-spec.ts'
import type { KerasLayer, KerasModel } from './model-config.ts'
import { callOrder, resolveRef } from './order.ts'
import type { Ref } from './refs.ts'

/** A Keras model as an ONNX graph; `inputs` and `outputs` are in the order of the graph's. */
export interface Converted {
  readonly graph: Graph
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly layers: readonly LayerSummary[]
  /** Every call of every layer, nested models and layers within them included. */
  readonly calls: readonly ConvertedCall[]
}

/** The model of `file` as a graph that takes any batch; ERR_MODEL names the layer that does not fit. */
export function convertKeras(file: KerasFile): Converted {
  const conversion: Conversion = {
    file,
    graph: new Graph(),
    layers: new Map(),
    declared: new Map(),
    masks: new Map(),
    calls: [],
    convertModel: convertNested,
  }
  const { model } = file
  const inputs = model.inputs.map(({ layer }) => inputSpec(findLayer(model, layer)))
  const values = convertModel(
    conversion,
    model,
    inputs.map((spec) => conversion.graph.input(spec)),
  )
  const names = outputNames(model.outputs.map(({ layer }) => layer))
  const outputs = values.map((value, index) => {
    if (value.shape[0] !== -1) {
      const shape = value.shape.join(', ')
      throw refuse(`output ${quote(names[index] ?? '')} has shape [${shape}], without a batch`)
    }
    const declared = conversion.declared.get(value) ?? value.datatype
    conversion.graph.output(cast(conversion.graph, value, declared))
    return { name: names[index] ?? '', datatype: declared, shape: value.shape }
  })
  if (inputs.length === 0 || outputs.length === 0) throw refuse('model has no inputs or no outputs')
  const { graph, layers, calls } = conversion
  return { graph, inputs, outputs, layers: [...layers.values()], calls }
}

/** Adds a model that is a layer of another. */
function convertNested(
  conversion: Conversion,
  { model, place }: KerasLayer,
  inputs: readonly Value[],
): readonly Value[] {
  if (!model) throw new TypeError(`Cannot convert "${place}": it is no model`)
  if (inputs.length !== model.inputs.length) {
    throw refuse(
      `nested model ${quote(place)} is called on ${inputs.length} tensors (expected ${model.inputs.length})`,
    )
  }
  const values = model.inputs.map((ref, index) => {
    const spec = inputSpec(findLayer(model, ref.layer))
    return asDeclared(conversion.graph, { place, value: inputs[index], spec })
  })
  return convertModel(conversion, model, values)
}

/** What a nested model gets of `value`: in the datatype of its own input, as Keras brings it there. */
function asDeclared(
  graph: Graph,
  { place, value, spec }: { place: string; value: Value | undefined; spec: TensorSpec },
): Value {
  if (value?.shape.length !== spec.shape.length) {
    throw refuse(
      `nested model ${quote(place)} is called on ${value?.shape.length ?? 0} axes (expected ${spec.shape.length})`,
    )
  }
  return cast(graph, value, spec.datatype.startsWith('FP') ? 'FP32' : spec.datatype)
}

/** Adds a model, nested ones included, to the graph; gives its outputs. */
function convertModel(
  conversion: Conversion,
  model: KerasModel,
  inputs: readonly Value[],
): readonly Value[] {
  const { kerasMajor } = conversion.file
  const results = new Map<KerasLayer, (readonly Value[])[]>()
  for (const [index, { layer }] of model.inputs.entries()) {
    const found = findLayer(model, layer)
    const value = inputs[index]
    if (found.className !== 'InputLayer' || !value)
      throw refuse(`layer ${quote(found.place)} is no input`)
    results.set(found, [[value]])
    summarize(conversion, found, value)
  }
  const resolve = (ref: Ref, from: 'call' | 'output'): Value => {
    const { layer, call } = resolveRef(model, ref, { from, kerasMajor })
    const value = results.get(layer)?.[call]?.[ref.output]
    if (!value)
      throw refuse(`layer ${quote(layer.place)} has no output ${ref.output} of call ${ref.call}`)
    return value
  }
  for (const { layer, call } of callOrder(model, kerasMajor)) {
    const given = resolveCall(layer.calls[call], (ref) => resolve(ref, 'call'))
    const firstNode = conversion.graph.nodes.length
    const outputs = layer.model
      ? convertNested(conversion, layer, modelInputs(layer, given))
      : convertLayer(conversion, layer, given)
    const nodes = [firstNode, conversion.graph.nodes.length] as const
    conversion.calls.push({
      place: layer.place,
      isModel: layer.model !== undefined,
      outputs,
      nodes,
    })
    const calls = results.get(layer) ?? []
    calls[call] = outputs
    results.set(layer, calls)
  }
  return model.outputs.map((ref) => resolve(ref, 'output'))
}

function resolveCall(
  call: CallArguments<Ref> | undefined,
  resolve: (ref: Ref) => Value,
): CallArguments<Value> {
  const { positional = [], keywords = new Map() } = call ?? {}
  return {
    positional: positional.map((arg) => mapArgument(arg, resolve)),
    keywords: new Map([...keywords].map(([name, arg]) => [name, mapArgument(arg, resolve)])),
  }
}

/** What a nested model is called on; a mask among its keywords is the one that its inputs imply. */
function modelInputs(layer: KerasLayer, call: CallArguments<Value>): readonly Value[] {
  for (const [name, arg] of call.keywords) {
    const isPlain = arg.kind === 'literal' && (arg.value === null || arg.value === false)
    if (name === 'mask' || isPlain) continue
    throw refuse(
      `nested model ${quote(layer.place)} is called with ${quote(name)}, which is not supported`,
    )
  }
  return tensorsIn(call.positional)
}

function findLayer(model: KerasModel, name: string): KerasLayer {
  const layer = model.layers.find((each) => each.name === name)
  if (!layer) throw refuse(`model has no layer ${quote(name)}`)
  return layer
}

/** The names of the output layers; one that gives several outputs is numbered, as in Keras 2. */
function outputNames(layers: readonly string[]): readonly string[] {
  const names: string[] = []
  for (const layer of layers) {
    let name = layer
    for (let count = 1; names.includes(name); count++) name = `${layer}_${count}`
    names.push(name)
  }
  return names
}
