import type { ReceivedRecord } from '../core/broker.ts'
import type { Samples } from '../core/scaling.ts'
import type { RecordDecoder } from '../formats/record-decoder.ts'
import { FoglineError, isFoglineError } from '../std/errors.ts'
import type { Lane, Taken } from './lane.ts'

/** Records put together, as what their function gets. */
export interface Decoded {
  readonly members: readonly Taken[]
  /** One a member. */
  readonly samples: Samples
  /** Records that cannot be read, and why. */
  readonly refused: readonly { readonly taken: Taken; readonly error: FoglineError }[]
}

/** Up to `max` records of `lane` that may go now, read into one batch. */
export function decodeNext(lane: Lane, decoder: RecordDecoder, max: number): Decoded {
  const batch = decoder.begin(Math.min(max, lane.waitingCount))
  const errors = new Map<ReceivedRecord, FoglineError>()
  const { members, refused } = lane.select(max, (record) => {
    try {
      batch.add(record)
      return true
    } catch (error) {
      errors.set(record, recordError(error))
      return false
    }
  })
  return {
    members,
    samples: batch.finish(),
    refused: refused.map((taken) => ({
      taken,
      error: errors.get(taken.record) ?? recordError(undefined),
    })),
  }
}

/** The batch of records that were read before. */
export function decodeAgain(members: readonly Taken[], decoder: RecordDecoder): Samples {
  const batch = decoder.begin(members.length)
  for (const { record } of members) batch.add(record)
  return batch.finish()
}

function recordError(cause: unknown): FoglineError {
  if (isFoglineError(cause)) return cause
  return new FoglineError('Cannot read record', { code: 'ERR_TENSOR', cause })
}
