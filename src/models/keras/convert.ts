import type { Datatype } from '../../core/tensor.ts'
import { elementCount, isDatatype, type TensorSpec } from '../../core/tensor.ts'
import { Graph, type Value } from '../onnx/graph.ts'
import { quote, refuse } from '../refuse.ts'
import type { KerasFile } from './file.ts'
import { checkWeight, type LayerCall } from './layer-kind.ts'
import { layerKind } from './layers/table.ts'
import type { KerasLayer, KerasModel } from './model-config.ts'
import { callOrder, resolveRef } from './order.ts'
import { Settings } from './settings.ts'

/** A layer as people look at it. */
export interface LayerSummary {
  /** Its path in the model: `mid/dense`. */
  readonly name: string
  readonly class: string
  /** Of its first call; -1 is the batch, or a size that is only known when the model runs. */
  readonly outputShape: readonly number[]
  /** Numbers that it has learnt, statistics included. */
  readonly parameters: number
}

/** A Keras model as an ONNX graph; `inputs` and `outputs` are in the order of the graph's. */
export interface Converted {
  readonly graph: Graph
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly layers: readonly LayerSummary[]
}

/** What holds while one file is converted. */
interface Conversion {
  readonly file: KerasFile
  readonly graph: Graph
  readonly layers: Map<string, LayerSummary>
}

/** The model of `file` as a graph that takes any batch; ERR_MODEL names the layer that does not fit. */
export function convertKeras(file: KerasFile): Converted {
  const conversion: Conversion = { file, graph: new Graph(), layers: new Map() }
  const { model } = file
  const inputs = model.inputs.map(({ layer }) => inputSpec(findLayer(model, layer)))
  const values = convertModel(
    conversion,
    model,
    inputs.map((spec) => conversion.graph.input(spec)),
  )
  const names = outputNames(model.outputs.map(({ layer }) => layer))
  const outputs = values.map((value, index) => {
    conversion.graph.output(value)
    return { name: names[index] ?? '', datatype: value.datatype, shape: value.shape }
  })
  if (inputs.length === 0 || outputs.length === 0) throw refuse('model has no inputs or no outputs')
  return { graph: conversion.graph, inputs, outputs, layers: [...conversion.layers.values()] }
}

/** Adds a model, nested ones included, to the graph; gives its outputs. */
function convertModel(
  conversion: Conversion,
  model: KerasModel,
  inputs: readonly Value[],
): readonly Value[] {
  const { kerasMajor } = conversion.file
  const results = new Map<KerasLayer, (readonly Value[])[]>()
  if (inputs.length !== model.inputs.length) {
    throw refuse(
      `nested model is called on ${inputs.length} tensors (expected ${model.inputs.length})`,
    )
  }
  for (const [index, { layer }] of model.inputs.entries()) {
    const found = findLayer(model, layer)
    const value = inputs[index]
    if (found.className !== 'InputLayer' || !value)
      throw refuse(`layer ${quote(found.place)} is no input`)
    results.set(found, [[value]])
    summarize(conversion, found, value)
  }
  const resolve = (ref: KerasModel['inputs'][number], from: 'call' | 'output'): Value => {
    const { layer, call } = resolveRef(model, ref, { from, kerasMajor })
    const value = results.get(layer)?.[call]?.[ref.output]
    if (!value)
      throw refuse(`layer ${quote(layer.place)} has no output ${ref.output} of call ${ref.call}`)
    return value
  }
  for (const { layer, call } of callOrder(model, kerasMajor)) {
    const given = (layer.calls[call] ?? []).map((ref) => resolve(ref, 'call'))
    const calls = results.get(layer) ?? []
    calls[call] = layer.model
      ? convertModel(conversion, layer.model, given)
      : [convertLayer(conversion, layer, given)]
    results.set(layer, calls)
  }
  return model.outputs.map((ref) => resolve(ref, 'output'))
}

function convertLayer(conversion: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const { graph, file } = conversion
  const settings = new Settings(layer.config, layer.place)
  const weights = file.weights.get(layer)
  const call: LayerCall = {
    graph,
    settings,
    kerasMajor: file.kerasMajor,
    inputs,
    weight: (name, shape) => {
      const tensor = weights?.get(name)
      if (!tensor) throw refuse(`layer ${quote(layer.place)} has no weights ${quote(name)}`)
      checkWeight(layer.place, name, [tensor.shape, shape])
      return graph.constant(tensor)
    },
  }
  settings.checkPrecision()
  const value = layerKind(layer.className, layer.place).convert(call)
  settings.checkAllRead()
  summarize(conversion, layer, value)
  return value
}

function summarize({ layers, file }: Conversion, layer: KerasLayer, value: Value): void {
  if (layers.has(layer.place)) return
  const tensors = [...(file.weights.get(layer)?.values() ?? [])]
  layers.set(layer.place, {
    name: layer.place,
    class: layer.className,
    outputShape: value.shape,
    parameters: tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0),
  })
}

function findLayer(model: KerasModel, name: string): KerasLayer {
  const layer = model.layers.find((each) => each.name === name)
  if (!layer) throw refuse(`model has no layer ${quote(name)}`)
  return layer
}

/** What an input layer takes. A fixed batch is none to us: no layer here looks at another sample. */
function inputSpec(layer: KerasLayer): TensorSpec {
  const settings = new Settings(layer.config, layer.place)
  for (const kind of ['sparse', 'ragged', 'optional']) settings.only(kind, false)
  const shape = settings.any('batch_shape') ?? settings.any('batch_input_shape')
  if (!Array.isArray(shape) || shape.length === 0)
    throw settings.wrong('batch_shape', shape, 'a shape')
  const sizes = shape.slice(1).map((size: unknown) => {
    if (size === null) return -1
    if (!Number.isSafeInteger(size) || Number(size) < 1)
      throw settings.wrong('batch_shape', shape, 'a shape')
    return Number(size)
  })
  const dtype = settings.any('dtype') ?? 'float32'
  const datatype = INPUT_DATATYPE.get(String(dtype))
  if (!datatype || !isDatatype(datatype)) {
    throw settings.wrong('dtype', dtype, [...INPUT_DATATYPE.keys()].join(', '))
  }
  return { name: layer.name, datatype, shape: [-1, ...sizes] }
}

/** The datatypes of inputs, by Keras' names. */
const INPUT_DATATYPE: ReadonlyMap<string, Datatype> = new Map([
  ['float32', 'FP32'],
  ['float64', 'FP64'],
  ['float16', 'FP16'],
  ['uint8', 'UINT8'],
  ['int8', 'INT8'],
  ['uint16', 'UINT16'],
  ['int16', 'INT16'],
  ['int32', 'INT32'],
  ['int64', 'INT64'],
])

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
