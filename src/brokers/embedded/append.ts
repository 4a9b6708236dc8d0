import type { NewRecord } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'
import { partitionOfKey } from '../key-hash.ts'
import type { Catalog } from './catalog.ts'
import { encodeHeaders } from './headers.ts'
import type { Store } from './store.ts'
import type { Partition, Topic } from './topic.ts'
import type { Transaction } from './transaction.ts'

/** A record larger than this would take a consumer's whole memory; SQLite's own limit is 1 GB. */
const RECORD_SIZE_BYTES_MAX = 64 * 1024 * 1024

/** A record whose partition is chosen. */
export interface Placed {
  readonly topic: Topic
  readonly partition: Partition
  readonly key: Uint8Array | null
  readonly headers: Uint8Array | null
  readonly value: Uint8Array
  readonly once: string | undefined
  /** Of key, value and headers. */
  readonly sizeBytes: number
}

/**
 * Chooses the partitions of the records of one call: by key; those without one stay together, and
 * take the next partition at the next call. ERR_BROKER for a missing topic, ERR_LIMIT for a record
 * over 64 MiB.
 */
export function place(records: readonly NewRecord[], catalog: Catalog): readonly Placed[] {
  const turns = new Map<Topic, number>()
  return records.map(({ topic: name, key, value, headers, once }) => {
    const topic = catalog.topic(name, 'write to')
    const partition = topic.partitions[partitionNumber(topic, key, turns)]
    if (!partition) throw new RangeError(`topic "${name}" has no partitions`)
    const encoded = encodeHeaders(headers)
    const sizeBytes = (key?.length ?? 0) + value.length + (encoded?.length ?? 0)
    if (sizeBytes > RECORD_SIZE_BYTES_MAX) {
      throw new FoglineError(
        `Cannot write to topic "${name}": the record has ${sizeBytes} bytes ` +
          `(at most ${RECORD_SIZE_BYTES_MAX})`,
        { code: 'ERR_LIMIT' },
      )
    }
    return { topic, partition, key: key ?? null, headers: encoded, value, once, sizeBytes }
  })
}

function partitionNumber(
  topic: Topic,
  key: Uint8Array | undefined,
  turns: Map<Topic, number>,
): number {
  if (key) return partitionOfKey(key, topic.partitions.length)
  const turn = turns.get(topic) ?? topic.turn++ % topic.partitions.length
  turns.set(topic, turn)
  return turn
}

/** What appending needs besides the records. */
export interface AppendOptions {
  readonly store: Store
  readonly transaction: Transaction
  /** The records' timestamp, ms since the epoch. */
  readonly timestampMs: number
}

/** Writes `records` at the ends of their partitions, but those that their topic remembers. */
export function append(
  records: readonly Placed[],
  { store, transaction, timestampMs }: AppendOptions,
): void {
  const save = (partition: Partition) => store.savePartition(partition)
  for (const { topic, partition, once, key, headers, value, sizeBytes } of records) {
    const { log } = partition
    const end = transaction.draft(partition, save)
    const at = { log, offset: end.next, topic: topic.row }
    if (once !== undefined && !store.remember(once, at)) continue
    store.insertRecord({ log, offset: end.next, timestampMs, key, headers, value })
    end.next++
    end.sizeBytes += sizeBytes
    transaction.afterCommit(topic.bell.ring)
  }
}
