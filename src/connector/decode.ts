import type { ReceivedRecord } from '../core/broker.ts'
import { rows, type Tensor } from '../core/tensor.ts'
import type { RecordDecoder } from '../formats/record-decoder.ts'
import { FoglineError, isFoglineError } from '../std/errors.ts'
import type { Lane, Taken } from './lane.ts'

/** Records put together, as the tensor that their function gets. */
export interface Decoded {
  readonly members: readonly Taken[]
  /** [members, …]. */
  readonly batch: Tensor
  /** Records that cannot be read, and why. */
  readonly refused: readonly { readonly taken: Taken; readonly error: FoglineError }[]
}

/** Up to `max` records of `lane` that may go now, read into one batch. */
export function decodeNext(lane: Lane, decoder: RecordDecoder, max: number): Decoded {
  const batch = decoder.batch(Math.min(max, lane.waitingCount))
  const errors = new Map<ReceivedRecord, FoglineError>()
  let row = 0
  const { members, refused } = lane.select(max, (record) => {
    try {
      decoder.read(record, batch, row)
      row++
      return true
    } catch (error) {
      errors.set(record, recordError(error))
      return false
    }
  })
  return {
    members,
    batch: rows(batch, 0, members.length),
    refused: refused.map((taken) => ({
      taken,
      error: errors.get(taken.record) ?? recordError(undefined),
    })),
  }
}

/** The batch of records that were read before. */
export function decodeAgain(members: readonly Taken[], decoder: RecordDecoder): Tensor {
  const batch = decoder.batch(members.length)
  for (const [row, { record }] of members.entries()) decoder.read(record, batch, row)
  return batch
}

function recordError(cause: unknown): FoglineError {
  if (isFoglineError(cause)) return cause
  return new FoglineError('Cannot read record', { code: 'ERR_TENSOR', cause })
}
