import type { OffsetRange, ReceivedRecord } from '../../core/broker.ts'
import { failure } from './failure.ts'
import { decodeHeaders } from './headers.ts'
import type { Store } from './store.ts'
import type { Partition, Topic } from './topic.ts'

/** How much to read at once. */
export interface PageLimits {
  readonly recordsMax: number
  /** Of keys, values and headers; a single larger record comes alone. */
  readonly sizeBytesMax: number
}

/** Reads pages of one topic. */
export interface PageReader {
  readonly store: Store
  readonly topic: Topic
  readonly limits: PageLimits
}

/** The first records of `partition` in `range`, as many as the limits allow; none if it has none. */
export function readPage(
  { store, topic, limits }: PageReader,
  partition: Partition,
  range: OffsetRange,
): readonly ReceivedRecord[] {
  const within = { start: range.start, end: Math.min(range.end, partition.next) }
  const records: ReceivedRecord[] = []
  if (within.start >= within.end) return records
  let sizeBytes = 0
  try {
    for (const row of store.records(partition.log, within, limits.recordsMax)) {
      sizeBytes += (row.key?.length ?? 0) + row.value.length + (row.headers?.length ?? 0)
      if (records.length > 0 && sizeBytes > limits.sizeBytesMax) break
      records.push({
        topic: topic.name,
        topicId: topic.id,
        partition: partition.number,
        offset: row.offset,
        timestampMs: row.timestampMs,
        key: row.key ?? undefined,
        value: row.value,
        headers: decodeHeaders(row.headers),
      })
    }
  } catch (cause) {
    throw failure(`read topic "${topic.name}"`, cause)
  }
  return records
}
