import type { TensorSpec } from '../../core/tensor.ts'
import { RANK_MAX, SAMPLE_ELEMENTS_MAX } from '../limits.ts'
import type { ModelFolder } from '../model-folder.ts'
import { Graph, type Value } from '../onnx/graph.ts'
import { cast } from '../onnx/operators.ts'
import { quote, refuse } from '../refuse.ts'
import type { Conversion } from './conversion.ts'
import { elementKind } from './element-kind.ts'
import { callFunction, evaluate } from './interpret.ts'
import { type Flow, flowOf, type Item, staticShape } from './item.ts'
import {
  type MetaGraph,
  readMetaGraph,
  type Signature,
  type SignatureTensor,
} from './meta-graph.ts'
import { readReference } from './reference.ts'
import { countsSamples, isBatch, type Size } from './size.ts'
import { openVariables } from './variables.ts'

/** A SavedModel as an ONNX graph; `inputs` and `outputs` are in the order of the graph's. */
export interface ConvertedSavedModel {
  readonly graph: Graph
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** Numbers in the variables that the signature uses. */
  readonly parameters: number
  /** The only batch that the graph takes. Absent: any. */
  readonly batch?: number
}

/** The model of `folder`, asked by `signature`; ERR_MODEL names the operation that does not fit. */
export function convertSavedModel(
  folder: ModelFolder,
  { signature: wanted }: { readonly signature?: string | undefined },
): ConvertedSavedModel {
  const meta = readMetaGraph(folder.read('saved_model.pb'))
  const signature = chooseSignature(meta, wanted)
  const graph = new Graph()
  const conversion = newConversion(folder, meta, graph)
  const inputs = signature.inputs.map(inputSpec)
  const batch = batchOf(inputs)
  const values = inputs.map((spec) => graph.input(spec))
  const given = new Map<string, Item>()
  for (const [index, { name }] of signature.inputs.entries()) {
    const value = values[index]
    if (value) given.set(readReference(name).name, flowOfInput(graph, value))
  }
  const scope = { nodes: meta.nodes, used: meta.used, given, calls: [] }
  const items = evaluate(
    conversion,
    scope,
    signature.outputs.map(({ name }) => readReference(name)),
  )
  const outputs = signature.outputs.map((output, index) => {
    const item = items[index]
    if (!item) throw refuse(`output ${quote(output.key)} has no value`)
    const flow = flowOf(graph, item)
    if (!isRowASample(flow.shape, batch))
      throw refuse(`output ${quote(output.key)} is not one row a sample`)
    return addOutput(graph, output, flow)
  })
  return {
    graph,
    inputs: inputs.map(openBatch),
    outputs: outputs.map(openBatch),
    parameters: conversion.variables.parameters(),
    ...(batch > 0 && { batch }),
  }
}

function newConversion(folder: ModelFolder, meta: MetaGraph, graph: Graph): Conversion {
  return {
    graph,
    meta,
    variables: openVariables(folder, meta),
    constants: new Map(),
    pure: new Set(),
    used: { nodes: 0, constantElements: 0 },
    call: callFunction,
  }
}

const DEFAULT_SIGNATURE = 'serving_default'
/** What runs once when TensorFlow loads the model. */
const INIT_SIGNATURE = '__saved_model_init_op'

function chooseSignature({ signatures }: MetaGraph, wanted: string | undefined): Signature {
  const names = [...signatures.keys()].filter((name) => name !== INIT_SIGNATURE).toSorted()
  const [only, ...more] = names
  const name =
    wanted ?? (names.includes(DEFAULT_SIGNATURE) || more.length > 0 ? DEFAULT_SIGNATURE : only)
  const found = name !== undefined && names.includes(name) ? signatures.get(name) : undefined
  if (!found) {
    const has = names.length === 0 ? 'none' : names.map(quote).join(', ')
    throw refuse(`model has no signature ${quote(name ?? DEFAULT_SIGNATURE)} (it has: ${has})`)
  }
  if (found.inputs.length === 0 || found.outputs.length === 0) {
    throw refuse(`signature ${quote(name ?? '')} has no inputs or no outputs`)
  }
  return found
}

function datatypesOf({ key, name, dataType }: SignatureTensor) {
  if (name === '') throw refuse(`${quote(key)} is sparse or made of parts, which is not supported`)
  const { stored, computed } = elementKind(dataType, quote(key))
  if (!stored) throw refuse(`${quote(key)} is of type bfloat16, which is not supported`)
  return { stored, computed }
}

function inputSpec(input: SignatureTensor): TensorSpec {
  const { shape, key } = input
  if (!shape || shape.length === 0 || shape.length > RANK_MAX) {
    throw refuse(`input ${quote(key)} has no axis for the batch, or no shape`)
  }
  if (shape.some((size) => size !== -1 && !(size >= 1 && size <= SAMPLE_ELEMENTS_MAX))) {
    throw refuse(`input ${quote(key)} is of shape [${shape.join(', ')}], which cannot be`)
  }
  return { name: key, datatype: datatypesOf(input).stored, shape }
}

/** The first size of all inputs: -1 if any is taken. */
function batchOf(inputs: readonly TensorSpec[]): number {
  const batch = inputs[0]?.shape[0] ?? -1
  const other = inputs.find(({ shape }) => shape[0] !== batch)
  if (other) throw refuse(`input ${quote(other.name)} takes another batch than the others`)
  return batch
}

/** What flows in, computed with as FP32 if it is any kind of float. */
function flowOfInput(graph: Graph, value: Value): Flow {
  const [first = value] = graph.inputs
  const isFloat = value.datatype === 'FP64' || value.datatype === 'FP16'
  const shape = value.shape.map((size, axis): Size => {
    if (size >= 0) return size
    return axis === 0 ? { batches: 1, of: first } : { from: value, axis }
  })
  return { kind: 'flow', value: isFloat ? cast(graph, value, 'FP32') : value, shape }
}

function addOutput(graph: Graph, output: SignatureTensor, flow: Flow): TensorSpec {
  const { stored, computed } = datatypesOf(output)
  if (flow.value.datatype !== computed) {
    throw refuse(`output ${quote(output.key)} is ${flow.value.datatype} (expected ${computed})`)
  }
  const value = cast(graph, flow.value, stored)
  graph.output({ ...value, shape: staticShape(flow.shape) })
  return { name: output.key, datatype: stored, shape: staticShape(flow.shape) }
}

/** Whether the first size is the number of samples, and no other depends on it. */
function isRowASample([first, ...others]: readonly Size[], batch: number): boolean {
  if (batch > 0) return first === batch
  return isBatch(first) && !others.some(countsSamples)
}

function openBatch(spec: TensorSpec): TensorSpec {
  return { ...spec, shape: [-1, ...spec.shape.slice(1)] }
}
