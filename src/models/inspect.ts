import type { TensorSpec } from '../core/tensor.ts'
import type { LayerSummary } from './keras/convert-layer.ts'
import type { ModelFormat } from './model-file.ts'
import { prepareModel } from './prepare.ts'
import { cannotLoad } from './refuse.ts'
import { openSession } from './session.ts'
import { type ModelSource, sourceText } from './sources/model-source.ts'
import { type ReadOptions, readModel } from './sources/read-model.ts'

/** What a model takes and gives; -1 in a shape is the batch, or any size. */
export interface ModelSpecs {
  readonly format: ModelFormat
  /** Of the file, in hexadecimal. */
  readonly sha256: string
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

/** What a model file holds. */
export interface ModelSummary extends ModelSpecs {
  readonly sizeBytes: number
  /** Of the Keras that wrote the file; absent for ONNX. */
  readonly kerasVersion?: string
  /** Layers in order; for ONNX one line an operator, with its count as `name`. */
  readonly layers: readonly LayerSummary[]
  /** Numbers that the model has learnt. */
  readonly parameters: number
}

/** All about the model at `source`, or a path. Throws ERR_MODEL wherever `loadSection` would. */
export async function inspectModel(
  source: ModelSource | string,
  options: ReadOptions = {},
): Promise<ModelSummary> {
  try {
    const file = await readModel(source, options)
    const prepared = prepareModel(file)
    const section = await openSession({ ...prepared.runnable, onnx: prepared.onnx() }, 1)
    await section.close()
    const { layers, parameters, kerasVersion } = prepared
    return {
      format: file.format,
      sha256: file.sha256,
      sizeBytes: file.bytes.byteLength,
      ...(kerasVersion !== undefined && { kerasVersion }),
      layers,
      inputs: section.inputs,
      outputs: section.outputs,
      parameters,
    }
  } catch (error) {
    throw cannotLoad(sourceText(source), error)
  }
}

/** Inputs and outputs of a model, and its file's digest; ONNX Runtime is not started. */
export async function readSpecs(
  source: ModelSource | string,
  options: ReadOptions = {},
): Promise<ModelSpecs> {
  try {
    const file = await readModel(source, options)
    const { inputs, outputs } = prepareModel(file).runnable
    return { format: file.format, sha256: file.sha256, inputs, outputs }
  } catch (error) {
    throw cannotLoad(sourceText(source), error)
  }
}
