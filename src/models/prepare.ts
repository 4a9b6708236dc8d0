import type { TensorSpec } from '../core/tensor.ts'
import { type Converted, convertKeras } from './keras/convert.ts'
import type { LayerSummary } from './keras/convert-layer.ts'
import { type KerasFile, readKerasArchive, readKerasHdf5 } from './keras/file.ts'
import { FOLDED_BYTES_MAX } from './limits.ts'
import type { ModelFile } from './model-file.ts'
import type { Graph, GraphNode } from './onnx/graph.ts'
import { readOnnx } from './onnx/summary.ts'
import { neededNodes, type OnnxParts, writeOnnx, writeOnnxParts } from './onnx/write.ts'
import { quote, refuse } from './refuse.ts'
import { convertSavedModel } from './savedmodel/convert.ts'
import type { RunnableModel } from './session.ts'

/** A model file, read and converted, but not yet in ONNX Runtime. */
export interface PreparedModel {
  readonly runnable: Omit<RunnableModel, 'onnx'>
  /** The bytes of the ONNX model; made when asked for, as `inspect` of specs does not need them. */
  readonly onnx: () => Uint8Array
  /** The same without a copy of its weights, for ONNX Runtime. */
  readonly parts: () => OnnxParts
  readonly layers: readonly LayerSummary[]
  readonly parameters: number
  readonly kerasVersion?: string
  /** The graph and its layers, where the file has layers. */
  readonly converted?: Converted
}

/** How many hexadecimal digits of a file's digest tell its version. */
const VERSION_DIGITS = 12

/** What is wanted of a model file that holds several functions. */
export interface PrepareOptions {
  /** Of a SavedModel; `serving_default`, or the only one, if absent. */
  readonly signature?: string | undefined
}

/** Reads and converts what `file` holds; ERR_MODEL says why it is refused. */
export function prepareModel(file: ModelFile, options: PrepareOptions = {}): PreparedModel {
  if (file.format === 'savedmodel') return prepareSavedModel(file, options)
  if (options.signature !== undefined) {
    throw refuse('signature is given, but only a SavedModel has signatures')
  }
  if (file.format === 'onnx') return prepareOnnx(file)
  return prepareKeras(
    file,
    file.format === 'keras' ? readKerasArchive(file.bytes) : readKerasHdf5(file.bytes),
  )
}

function prepareKeras(file: ModelFile, keras: KerasFile): PreparedModel {
  const converted = convertKeras(keras)
  const { layers } = converted
  return {
    ...written(file, converted),
    layers,
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    kerasVersion: keras.kerasVersion,
    converted,
  }
}

function prepareSavedModel(
  file: Extract<ModelFile, { readonly format: 'savedmodel' }>,
  options: PrepareOptions,
): PreparedModel {
  const converted = convertSavedModel(file.folder, options)
  const { graph, parameters } = converted
  return {
    ...written(file, converted),
    layers: operatorLines(countOperators(neededNodes(graph).nodes)),
    parameters,
  }
}

/** A graph that was converted, and what its inputs and outputs are called outside. */
interface Written {
  readonly graph: Graph
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly batch?: number | undefined
}

function written(
  { sha256 }: ModelFile,
  { graph, inputs, outputs, batch }: Written,
): Pick<PreparedModel, 'runnable' | 'onnx' | 'parts'> {
  return {
    runnable: {
      version: sha256.slice(0, VERSION_DIGITS),
      inputKeys: graph.inputs.map(({ name }) => name),
      outputKeys: graph.outputs.map(({ name }) => name),
      inputs,
      outputs,
      ...(batch !== undefined && { batch }),
    },
    onnx: () => writeOnnx(graph),
    parts: () => writeOnnxParts(graph),
  }
}

function countOperators(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1)
  return counts
}

/** Operators as lines of a summary. */
function operatorLines(operators: ReadonlyMap<string, number>): readonly LayerSummary[] {
  return [...operators].map(([name, count]) => ({
    name: `${count} x`,
    class: name,
    outputShape: [],
    parameters: 0,
  }))
}

function prepareOnnx(file: Exclude<ModelFile, { readonly format: 'savedmodel' }>): PreparedModel {
  const { inputs, outputs, operators, parameters } = readOnnx(file.bytes)
  const batch = batchOf(inputs)
  const open = (spec: TensorSpec) => ({ ...spec, shape: [-1, ...spec.shape.slice(1)] })
  checkOutputs(outputs, batch)
  return {
    runnable: {
      version: file.sha256.slice(0, VERSION_DIGITS),
      inputKeys: inputs.map(({ name }) => name),
      outputKeys: outputs.map(({ name }) => name),
      inputs: inputs.map(open),
      outputs: outputs.map(open),
      ...(batch > 0 && { batch }),
      foldedBytesMax: FOLDED_BYTES_MAX,
      keepsPads: true,
    },
    onnx: () => file.bytes,
    parts: () => ({ onnx: file.bytes, weights: [] }),
    layers: operatorLines(operators),
    parameters,
  }
}

/** The first size of all inputs: -1 if any is taken. */
function batchOf(inputs: readonly TensorSpec[]): number {
  const [first] = inputs
  if (!first) throw refuse('model has no inputs')
  for (const { name, shape } of inputs) {
    if (shape.length === 0) throw refuse(`input ${quote(name)} has no axis for the batch`)
    if (shape[0] !== first.shape[0])
      throw refuse(`input ${quote(name)} takes another batch than ${quote(first.name)}`)
  }
  return first.shape[0] ?? -1
}

function checkOutputs(outputs: readonly TensorSpec[], batch: number): void {
  if (outputs.length === 0) throw refuse('model has no outputs')
  for (const { name, shape } of outputs) {
    const size = shape[0]
    if (size === undefined)
      throw refuse(`output ${quote(name)} has no axis for the batch, or no shape`)
    if (batch > 0 && size > 0 && size !== batch)
      throw refuse(`output ${quote(name)} is not one row a sample`)
  }
}
