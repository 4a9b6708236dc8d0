import type { TensorSpec } from '../core/tensor.ts'
import { type Cost, type CostOptions, costOf, type NodeCost } from './cost.ts'
import type { LayerSummary } from './keras/convert-layer.ts'
import type { ModelFormat } from './model-file.ts'
import { type PreparedModel, type PrepareOptions, prepareModel } from './prepare.ts'
import { prepareOptions, readRunnable } from './prepared/read-runnable.ts'
import { cannotLoad } from './refuse.ts'
import { openSession } from './session.ts'
import { type ModelSource, sourceText } from './sources/model-source.ts'
import { type ReadOptions, readModel } from './sources/read-model.ts'

/** What a model takes and gives; -1 in a shape is the batch, or any size. */
export interface ModelSpecs {
  /** Of the file, in hexadecimal. */
  readonly sha256: string
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

/** What a model file holds. */
export interface ModelSummary extends ModelSpecs {
  readonly format: ModelFormat
  readonly sizeBytes: number
  /** Of the Keras that wrote the file; absent for ONNX. */
  readonly kerasVersion?: string
  /** Layers in order; for ONNX one line an operator, with its count as `name`. */
  readonly layers: readonly CostedLayer[]
  /** Numbers that the model has learnt. */
  readonly parameters: number
  /** Of its constants in memory. */
  readonly weightBytes: number
  /** For one sample; absent where a size is not known. */
  readonly multiplyAccumulates?: number
  readonly cost: Cost
}

/** A layer, and what it costs. */
export interface CostedLayer extends LayerSummary {
  /** For one sample, all its calls together; absent where a size is not known. */
  readonly multiplyAccumulates?: number
}

/** How a model is read and looked at. */
export interface InspectOptions extends PrepareOptions, ReadOptions, Omit<CostOptions, 'graph'> {}

/** All about the model at `source`, or a path. Throws ERR_MODEL wherever `loadSection` would. */
export async function inspectModel(
  source: ModelSource | string,
  options: InspectOptions = {},
): Promise<ModelSummary> {
  try {
    const file = await readModel(source, options)
    const prepared = prepareModel(file, prepareOptions(source, options))
    const model = { ...prepared.runnable, onnx: prepared.onnx() }
    const section = await openSession(model, 1)
    const { graph } = prepared.converted ?? {}
    const { cost, nodes, weightBytes } = await costOf(model, section, {
      ...options,
      graph,
    }).finally(() => section.close())
    const { parameters, kerasVersion } = prepared
    return {
      format: file.format,
      sha256: file.sha256,
      sizeBytes: file.sizeBytes,
      ...(kerasVersion !== undefined && { kerasVersion }),
      layers: costedLayers(prepared, nodes),
      inputs: section.inputs,
      outputs: section.outputs,
      parameters,
      weightBytes,
      ...sumOf(nodes),
      cost,
    }
  } catch (error) {
    throw cannotLoad(sourceText(source), error)
  }
}

/** Inputs and outputs of a model, and its file's digest; ONNX Runtime is not started. */
export async function readSpecs(
  source: ModelSource | string,
  options: ReadOptions & PrepareOptions = {},
): Promise<ModelSpecs> {
  try {
    const { sha256, model } = await readRunnable(source, options)
    return { sha256, inputs: model.inputs, outputs: model.outputs }
  } catch (error) {
    throw cannotLoad(sourceText(source), error)
  }
}

/** Layers with the costs of their operators; an ONNX file's lines are its operators themselves. */
function costedLayers(
  { layers, converted }: PreparedModel,
  costs: readonly NodeCost[],
): readonly CostedLayer[] {
  const places = new Map<string, string>()
  const { calls = [], graph } = converted ?? {}
  for (const { place, isModel, nodes } of calls) {
    for (const { outputs } of isModel ? [] : (graph?.nodes.slice(...nodes) ?? []))
      for (const output of outputs) places.set(output, place)
  }
  const byLayer = Map.groupBy(costs, ({ node }) => {
    return converted ? places.get(node.outputs.find((output) => output !== '') ?? '') : node.op
  })
  return layers.map((layer) => ({
    ...layer,
    ...sumOf(byLayer.get(converted ? layer.name : layer.class) ?? []),
  }))
}

function sumOf(costs: readonly NodeCost[]): { readonly multiplyAccumulates?: number } {
  let sum = 0
  for (const { multiplyAccumulates } of costs) {
    if (multiplyAccumulates === undefined) return {}
    sum += multiplyAccumulates
  }
  return { multiplyAccumulates: sum }
}
