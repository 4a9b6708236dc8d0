import { IS_CONTROL, IS_TRANSACTIONAL, type RecordsBatch } from '@platformatic/kafka'
import type { ReceivedRecord } from '../../core/broker.ts'
import { headersOf } from './record-headers.ts'

/** A partition's part of a fetch. */
export interface FetchedPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** The first offset that was asked for; a batch may begin before it. */
  readonly from: number
  readonly batches: readonly RecordsBatch[]
  /** Of transactions that were aborted: their producer, and where they begin. */
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
}

/** What a partition's part of a fetch holds. */
export interface Fetched {
  readonly records: readonly ReceivedRecord[]
  /** The next offset to ask for. */
  readonly next: number
}

/** Of a batch's attributes: its records have the time at which the broker appended them. */
const IS_APPEND_TIME = 1 << 3

/** Of a control record's key: its type, and the one that ends an aborted transaction. */
const CONTROL_TYPE_AT = 2
const CONTROL_ABORT = 0

/**
 * The records of a fetch, in order, without those of aborted transactions and without markers. The
 * client's own filter lets aborted records through where a marker or a second transaction of the same
 * producer lies in another fetch: this one follows the protocol.
 */
export function fetched(part: FetchedPartition): Fetched {
  const records: ReceivedRecord[] = []
  const aborted = part.aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset))
  const aborting = new Set<bigint>()
  let next = part.from
  for (const batch of part.batches) {
    const first = Number(batch.firstOffset)
    next = Math.max(next, first + batch.lastOffsetDelta + 1)
    while (aborted[0] && Number(aborted[0].firstOffset) < next) {
      aborting.add((aborted.shift() as { producerId: bigint }).producerId)
    }
    if (batch.attributes & IS_CONTROL) {
      const type = batch.records[0]?.key?.readInt16BE(CONTROL_TYPE_AT)
      if (type === CONTROL_ABORT) aborting.delete(batch.producerId)
      continue
    }
    const isAborted = batch.attributes & IS_TRANSACTIONAL && aborting.has(batch.producerId)
    if (!isAborted) addRecords(records, batch, part)
  }
  return { records, next }
}

function addRecords(records: ReceivedRecord[], batch: RecordsBatch, part: FetchedPartition): void {
  const { topic, topicId, partition, from } = part
  const first = Number(batch.firstOffset)
  const firstMs = Number(batch.firstTimestamp)
  const appendedMs = batch.attributes & IS_APPEND_TIME ? Number(batch.maxTimestamp) : undefined
  for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
    const offset = first + offsetDelta
    if (offset < from) continue
    records.push({
      topic,
      topicId,
      partition,
      offset,
      timestampMs: appendedMs ?? firstMs + Number(timestampDelta),
      key: key ?? undefined,
      // A tombstone has no value: it is no sample, as an empty one is none.
      value: value ?? NO_BYTES,
      headers: headersOf(headers),
    })
  }
}

const NO_BYTES = new Uint8Array()
