import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import type { Section } from '../core/section.ts'
import {
  type Datatype,
  describe,
  elementCount,
  rows,
  shapeFits,
  stack,
  type Tensor,
  type TensorSpec,
  zeros,
} from '../core/tensor.ts'
import { FoglineError, messageOf } from '../std/errors.ts'
import { runtimeRefusal } from './onnx/refusal.ts'
import type { OnnxWeight } from './onnx/write.ts'
import { refuse } from './refuse.ts'

/** An ONNX model to be run, and what its inputs and outputs are called outside. */
export interface RunnableModel {
  readonly onnx: Uint8Array
  /** Tensors that are no part of `onnx`; needed until the session is open. */
  readonly weights?: readonly OnnxWeight[]
  readonly version: string
  /** Names in the graph, in the order of `inputs` and `outputs`. */
  readonly inputKeys: readonly string[]
  readonly outputKeys: readonly string[]
  /** With -1 for the batch. */
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** The only batch that the graph takes; larger ones are run in pieces. Absent: any. */
  readonly batch?: number
  /**
   * What any one operator on constants may give to be computed once, when the model is loaded, instead
   * of in each run. Absent: twice what the graph has, as when half precision becomes single.
   */
  readonly foldedBytesMax?: number
  /** Whether a MaxPool may stand behind a Pad: ONNX Runtime 1.30 takes its zeros for nothing there. */
  readonly keepsPads?: true
}

/** The type names of ONNX Runtime's JavaScript binding. */
const ORT_TYPE: Readonly<Record<Datatype, OrtTensor.Type>> = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
}

/**
 * What the binding is told: one run at a time on one core. With arena and memory pattern the digits'
 * edge tier took 96 MB at batches of 100, without them 138 MB, at the same speed.
 */
function sessionOptions(model: RunnableModel, threads: number): InferenceSession.SessionOptions {
  const foldedBytesMax = model.foldedBytesMax ?? 2 * sizeBytesOf(model)
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: true,
    enableMemPattern: true,
    // Only fatal errors: what concerns the user is thrown, not printed.
    logSeverityLevel: 4,
    // Else a file of 150 bytes could ask for all memory: a constant of 2^33 zeros.
    extra: {
      optimization: {
        constant_folding_max_output_size_in_bytes: String(foldedBytesMax),
        ...(model.keepsPads && { disable_specified_optimizers: 'Pad_Fusion' }),
      },
    },
  }
}

/** The section that runs `model` in ONNX Runtime; ERR_MODEL where the runtime refuses it. */
export async function openSession(model: RunnableModel, threads: number): Promise<Section> {
  // Loading the native library costs more than all the rest: whoever only inspects does not pay it.
  const ort = await import('onnxruntime-node')
  const options = {
    ...sessionOptions(model, threads),
    externalData: model.weights ?? [],
  }
  const session = await ort.InferenceSession.create(model.onnx, options).catch((error) => {
    throw refuse(runtimeRefusal(messageOf(error)))
  })
  const runWhole = async (inputs: readonly Tensor[]): Promise<readonly Tensor[]> => {
    const feeds = inputs.map((tensor, index): [string, OrtTensor] => [
      model.inputKeys[index] ?? '',
      fed(new ort.Tensor(ORT_TYPE[tensor.datatype], tensor.data as never, tensor.shape)),
    ])
    const results = await session
      .run(Object.fromEntries(feeds), [...model.outputKeys])
      .catch((error) => {
        throw new FoglineError('Cannot run model', { code: 'ERR_MODEL', cause: error })
      })
    return model.outputs.map((spec, index) =>
      received(results[model.outputKeys[index] ?? ''], spec),
    )
  }
  return {
    version: model.version,
    inputs: model.inputs,
    outputs: model.outputs,
    run: (inputs) => {
      const batch = checkInputs(model.inputs, inputs)
      return model.batch === undefined
        ? runWhole(inputs)
        : runPieces(runWhole, inputs, { batch, piece: model.batch })
    },
    close: () => session.release(),
  }
}

/** Half precision in the array that the native binding knows it by: of a Float16Array it reads nothing. */
function fed(tensor: OrtTensor): OrtTensor {
  const { data } = tensor
  if (!(data instanceof Float16Array)) return tensor
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.length)
  return Object.create(tensor, { data: { value: bits } })
}

function sizeBytesOf({ onnx, weights = [] }: RunnableModel): number {
  return weights.reduce((sum, { data }) => sum + data.byteLength, onnx.byteLength)
}

/** The number of samples; ERR_TENSOR where the inputs do not fit the model, or each other. */
function checkInputs(specs: readonly TensorSpec[], inputs: readonly Tensor[]): number {
  if (inputs.length !== specs.length) {
    throw wrongInput(`${inputs.length} inputs were given (expected ${specs.length})`)
  }
  const batch = inputs[0]?.shape[0] ?? 0
  for (const [index, spec] of specs.entries()) {
    const tensor = inputs[index]
    const fits = tensor?.datatype === spec.datatype && shapeFits(tensor.shape, spec.shape)
    if (!tensor || !fits || tensor.data.length !== elementCount(tensor.shape)) {
      const given = tensor ? describe(tensor) : 'nothing'
      throw wrongInput(`input "${spec.name}" is ${given} (expected ${describe(spec)})`)
    }
    if (tensor.shape[0] !== batch || batch < 1) {
      throw wrongInput(
        `input "${spec.name}" has ${tensor.shape[0]} samples (expected ${batch || 'at least 1'})`,
      )
    }
  }
  return batch
}

function wrongInput(reason: string): Error {
  return new FoglineError(`Cannot run model: ${reason}`, { code: 'ERR_TENSOR' })
}

/** Runs a batch in pieces of a fixed size; the last one is filled up with zeros, which are cut off again. */
async function runPieces(
  run: (inputs: readonly Tensor[]) => Promise<readonly Tensor[]>,
  inputs: readonly Tensor[],
  { batch, piece }: { readonly batch: number; readonly piece: number },
): Promise<readonly Tensor[]> {
  const parts: (readonly Tensor[])[] = []
  for (let start = 0; start < batch; start += piece) {
    const end = Math.min(start + piece, batch)
    const outputs = await run(inputs.map((input) => filled(rows(input, start, end), piece)))
    parts.push(outputs.map((output) => rows(output, 0, end - start)))
  }
  return (parts[0] ?? []).map((_, index) => stack(parts.flatMap((part) => part[index] ?? [])))
}

function filled(tensor: Tensor, batch: number): Tensor {
  const missing = batch - (tensor.shape[0] ?? 0)
  return missing === 0
    ? tensor
    : stack([tensor, zeros(tensor.datatype, [missing, ...tensor.shape.slice(1)])])
}

function received(tensor: OrtTensor | undefined, spec: TensorSpec): Tensor {
  if (!tensor)
    throw new FoglineError(`Cannot run model: it gave no "${spec.name}"`, { code: 'ERR_MODEL' })
  return { datatype: spec.datatype, shape: tensor.dims, data: tensor.data as Tensor['data'] }
}
