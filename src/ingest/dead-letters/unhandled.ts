import type { ReceivedRecord, Subscription } from '../../core/broker.ts'
import { settlesWithin } from '../../std/deadline.ts'
import type { DeadLetterBox } from './box.ts'

/** Letters in hand at a time: each may be a whole image. */
const BATCH_RECORDS_MAX = 256
const BATCH_SIZE_BYTES_MAX = 4 * 1024 * 1024

/** Some letters of one partition, in order, that nobody has handled. */
export interface UnhandledLetters {
  readonly partition: number
  readonly letters: readonly ReceivedRecord[]
  readonly settle: Subscription['settle']
}

/**
 * The letters that nobody has handled, as of now: no more than there are at the call. It ends, too,
 * where none has come for `quietMs`: brokers may count offsets that hold no record, and another
 * member of the group may have some of the partitions.
 */
export async function* unhandled(
  { broker, topic, group }: DeadLetterBox,
  quietMs: number,
): AsyncGenerator<UnhandledLetters, void, void> {
  let left = await broker.lag(topic, group)
  if (left === 0) return
  const subscription = await broker.subscribe({
    topic,
    group,
    from: 'earliest',
    batchRecordsMax: BATCH_RECORDS_MAX,
    batchSizeBytesMax: BATCH_SIZE_BYTES_MAX,
  })
  try {
    const batches = subscription[Symbol.asyncIterator]()
    while (left > 0) {
      const step = batches.next()
      if (!(await settlesWithin(step, quietMs))) return
      const { done, value } = await step
      if (done) return
      const letters = value.records.slice(0, left)
      left -= letters.length
      yield {
        partition: value.partition,
        letters,
        settle: (offsets, outcomes) => subscription.settle(offsets, outcomes),
      }
    }
  } finally {
    await subscription.close()
  }
}
