import type { ReceivedRecord } from '../../core/broker.ts'
import type { DeadLetterBox } from './box.ts'
import type { Place } from './letter.ts'

/**
 * The letter at `place`, handled or not; undefined if none is there (any more) or none comes within
 * `timeoutMs`: a reader waits for what does not exist yet.
 */
export async function findLetter(
  { broker, topic, group }: DeadLetterBox,
  { partition, offset }: Place,
  timeoutMs: number,
): Promise<ReceivedRecord | undefined> {
  // Throws where the topic is missing or the broker away; reading would just wait.
  await broker.lag(topic, group)
  for await (const record of broker.read(topic, offset, AbortSignal.timeout(timeoutMs))) {
    if (record.partition === partition) return record.offset === offset ? record : undefined
  }
  return undefined
}
