import { cast } from '../core/cast.ts'
import {
  type Datatype,
  describe,
  elementCount,
  elementSizeBytes,
  rows,
  shapeFits,
  type Tensor,
  tensorFromBytes,
} from '../core/tensor.ts'
import { FoglineError, messageOf } from '../std/errors.ts'
import { readImage } from './image.ts'
import { type JsonSampleSpec, tensorFromJson } from './json.ts'
import { readNpy } from './npy.ts'

/**
 * The samples in a file, in its order, each of `spec.shape` and cast to `spec.datatype`: `.npy` holds
 * one sample or a batch on its first axis, `.json` one sample, a PNG or JPEG one (UINT8, scaled to the
 * shape), any other file the raw bytes of one or more, back to back. Throws ERR_TENSOR for what does
 * not fit.
 */
export async function samplesFromFile(
  bytes: Uint8Array,
  name: string,
  spec: JsonSampleSpec,
): Promise<readonly Tensor[]> {
  const lower = name.toLowerCase()
  if (lower.endsWith('.npy')) return splitBatch(cast(readNpy(bytes), spec.datatype), spec.shape)
  if (lower.endsWith('.json')) return [tensorFromJson(parseJson(bytes), spec)]
  if (/\.(png|jpe?g)$/.test(lower)) {
    return [cast(await readImage(bytes, spec.shape), spec.datatype)]
  }
  return splitRaw(bytes, spec)
}

/**
 * `tensor` as samples of `shape` (-1 stands for any size): itself, or the rows of its first axis.
 * Throws ERR_TENSOR if it is neither.
 */
export function splitBatch(tensor: Tensor, shape: readonly number[]): readonly Tensor[] {
  if (shapeFits(tensor.shape, shape)) return [tensor]
  const [count = 0, ...rest] = tensor.shape
  if (tensor.shape.length === 0 || !shapeFits(rest, shape)) {
    const wanted = `[${shape.join(', ')}], or a batch of it`
    throw samplesError(`it is ${describe(tensor)} (expected ${wanted})`)
  }
  return Array.from({ length: count }, (_, row) => ({
    ...rows(tensor, row, row + 1),
    shape: rest,
  }))
}

function splitRaw(
  bytes: Uint8Array,
  { datatype, shape }: { readonly datatype: Datatype; readonly shape: readonly number[] },
): readonly Tensor[] {
  const sizeBytes = elementCount(shape) * elementSizeBytes(datatype)
  if (shape.includes(-1)) throw samplesError(`raw bytes have no shape (send .npy instead)`)
  if (bytes.byteLength === 0 || bytes.byteLength % sizeBytes !== 0) {
    const wanted = `${sizeBytes} for ${describe({ datatype, shape })}, or a multiple of it`
    throw samplesError(`it has ${bytes.byteLength} bytes (expected ${wanted})`)
  }
  return Array.from({ length: bytes.byteLength / sizeBytes }, (_, at) =>
    tensorFromBytes(bytes.subarray(at * sizeBytes, (at + 1) * sizeBytes), { datatype, shape }),
  )
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw samplesError(`it is not JSON: ${messageOf(error)}`)
  }
}

function samplesError(state: string): FoglineError {
  return new FoglineError(`Cannot read samples: ${state}`, { code: 'ERR_TENSOR' })
}
