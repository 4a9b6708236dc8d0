import { cast, tensorOf } from '../core/cast.ts'
import type { Scaling } from '../core/scaling.ts'
import { allFinite, type Datatype, type Tensor, tensorToBytes } from '../core/tensor.ts'
import { FoglineError } from '../std/errors.ts'

/** Writes the scaled values of `sample` into `batch`, from element `start` on. Throws ERR_TENSOR. */
export type ScaleInto = (sample: Tensor, batch: Tensor, start: number) => void

/** Values of one byte: few enough for a table. */
const BYTE_VALUES = 256

/**
 * How samples get into batches of `datatype`. Throws ERR_TENSOR for NaN, infinity, and what does not
 * fit. Bytes for an FP32 model, the way cameras send, go by a table.
 */
export function scaleInto(scaling: Scaling, datatype: Datatype): ScaleInto {
  const plain = scaling.scale === 1 && scaling.offset === 0
  const table = Float32Array.from({ length: BYTE_VALUES }, (_, value) => scaled(value, scaling))
  return (sample, batch, start) => {
    if (sample.datatype === 'UINT8' && batch.data instanceof Float32Array) {
      byTable(sample.data as Uint8Array, batch.data.subarray(start), table)
      return
    }
    const fitting = plain ? cast(sample, datatype) : converted(sample, { scaling, datatype })
    checkFinite(fitting)
    const bytes = tensorToBytes(fitting)
    const elementSizeBytes = fitting.data.BYTES_PER_ELEMENT
    tensorToBytes(batch).set(bytes, start * elementSizeBytes)
  }
}

function byTable(bytes: Uint8Array, target: Float32Array, table: Float32Array): void {
  for (let index = 0; index < bytes.length; index++) {
    target[index] = table[bytes[index] as number] as number
  }
}

function converted(
  sample: Tensor,
  { scaling, datatype }: { readonly scaling: Scaling; readonly datatype: Datatype },
): Tensor {
  const { data } = sample
  const values = new Float64Array(data.length)
  for (let index = 0; index < values.length; index++) {
    values[index] = scaled(Number(data[index]), scaling)
  }
  return { ...tensorOf(values, datatype), shape: sample.shape }
}

function scaled(value: number, { scale, offset }: Scaling): number {
  return value * scale + offset
}

function checkFinite(tensor: Tensor): void {
  if (allFinite(tensor)) return
  throw new FoglineError('Cannot read record: a value is NaN or infinite', { code: 'ERR_TENSOR' })
}
