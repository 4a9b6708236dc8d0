import type { ReceivedRecord } from '../core/broker.ts'
import type { Samples, Scaling } from '../core/scaling.ts'
import { type Datatype, elementCount, rows, type Tensor, zeros } from '../core/tensor.ts'
import { type ScaleInto, scaleInto } from './scale.ts'

/** Records being read into one batch. */
export interface SampleBatch {
  /**
   * Reads `record` as the next sample. Throws ERR_TENSOR where its size, shape or datatype does not
   * fit, or a value is NaN, infinite, or beyond the model's datatype; the batch is then as it was.
   */
  add(record: ReceivedRecord): void
  /** The samples that were added, in order. */
  finish(): Samples
}

/** What batches of one topic share. */
export interface SampleBatchOptions {
  /** Of one sample. */
  readonly shape: readonly number[]
  readonly scaling: Scaling
  /** What the model's input takes. */
  readonly modelDatatype: Datatype
  /** Whether samples are expected to be bytes that are to be scaled: then they travel as they are. */
  readonly isCompact: boolean
  readonly read: (record: ReceivedRecord) => Tensor
}

/** Begins batches; each has room for so many samples. */
export function sampleBatches(options: SampleBatchOptions): (room: number) => SampleBatch {
  const into = scaleInto(options.scaling, options.modelDatatype)
  const size = elementCount(options.shape)
  return (room) =>
    options.isCompact
      ? compactBatch(room, { ...options, into, size })
      : plainBatch(room, { ...options, into, size })
}

interface Parts extends SampleBatchOptions {
  readonly into: ScaleInto
  /** Elements of one sample. */
  readonly size: number
}

function plainBatch(room: number, { shape, modelDatatype, read, into, size }: Parts): SampleBatch {
  const tensor = zeros(modelDatatype, [room, ...shape])
  let count = 0
  return {
    add: (record) => {
      into(read(record), tensor, count * size)
      count++
    },
    finish: () => ({ tensor: rows(tensor, 0, count) }),
  }
}

function compactBatch(room: number, parts: Parts): SampleBatch {
  const { shape, scaling, modelDatatype, read, into, size } = parts
  const bytes = new Uint8Array(room * size)
  const compact = (count: number): Tensor => ({
    datatype: 'UINT8',
    shape: [count, ...shape],
    data: bytes.subarray(0, count * size),
  })
  // From the first sample on that is no bytes, all are scaled here.
  let scaled: Tensor | undefined
  let count = 0
  return {
    add: (record) => {
      const sample = read(record)
      if (!scaled && sample.datatype === 'UINT8') {
        bytes.set(sample.data as Uint8Array, count * size)
      } else {
        const wide = scaled ?? zeros(modelDatatype, [room, ...shape])
        into(sample, wide, count * size)
        if (!scaled && count > 0) into(compact(count), wide, 0)
        scaled = wide
      }
      count++
    },
    finish: () =>
      scaled ? { tensor: rows(scaled, 0, count) } : { tensor: compact(count), scaling },
  }
}
