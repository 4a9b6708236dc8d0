import type { Retention } from '../../core/broker.ts'
import type { Now } from '../../std/clock.ts'
import type { Log } from '../../std/log.ts'
import type { Catalog } from './catalog.ts'
import type { RecordAge, Store } from './store.ts'
import type { Partition, Topic } from './topic.ts'
import type { Writer } from './writer.ts'

/** How often topics are looked through: a second's records more or less do not matter. */
const INTERVAL_MS = 1000

/** Records deleted in one transaction: it must not hold up others for more than some milliseconds. */
const STEP_RECORDS = 500

/**
 * A `once` identifier is remembered as long as its record is kept, and until its partition has taken
 * and deleted this many records more: whoever sends a record again does so within them.
 */
const REMEMBERED_BEYOND = 100_000

/** What decides whether records expire. */
export interface ExpiryOptions {
  readonly retention: Retention
  /** Of all records of the partition. */
  readonly sizeBytes: number
  readonly nowMs: number
}

/** How many of `oldest` (ascending by offset) the retention no longer keeps. */
export function countExpired(oldest: readonly RecordAge[], options: ExpiryOptions): number {
  const { ageMs = Number.POSITIVE_INFINITY, sizeBytes: sizeMax = Number.POSITIVE_INFINITY } =
    options.retention
  let left = options.sizeBytes
  const kept = oldest.findIndex(({ timestampMs, sizeBytes }) => {
    if (left <= sizeMax && options.nowMs - timestampMs <= ageMs) return true
    left -= sizeBytes
    return false
  })
  return kept === -1 ? oldest.length : kept
}

/** What a Sweeper is made of. */
export interface SweeperOptions {
  readonly catalog: Catalog
  readonly store: Store
  readonly writer: Writer
  /** Ends the sweeping. */
  readonly signal: AbortSignal
  readonly now: Now
  readonly log: Log
}

/**
 * Deletes what retention no longer keeps and every group that ever joined has committed. It is called
 * after commits: a broker that takes and settles nothing deletes nothing.
 */
export class Sweeper {
  readonly #options: SweeperOptions
  #lastMs = Number.NEGATIVE_INFINITY
  #sweeping = false

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  /** Looks through all topics, in small steps, unless that was done a moment ago. */
  async sweep(): Promise<void> {
    const nowMs = this.#options.now()
    // Absolute, because a clock that was set back must not stop the sweeping.
    if (this.#sweeping || Math.abs(nowMs - this.#lastMs) < INTERVAL_MS) return
    this.#lastMs = nowMs
    this.#sweeping = true
    try {
      for (const topic of this.#options.catalog.topics()) await this.#sweepTopic(topic)
    } catch (error) {
      this.#options.log('warn', 'Old records could not be deleted', { error })
    } finally {
      this.#sweeping = false
    }
  }

  async #sweepTopic(topic: Topic): Promise<void> {
    if (topic.retention.ageMs === undefined && topic.retention.sizeBytes === undefined) return
    for (const partition of topic.partitions) {
      while ((await this.#step(topic, partition)) === STEP_RECORDS);
    }
  }

  /** Deletes up to STEP_RECORDS; the number deleted. */
  async #step({ retention }: Topic, partition: Partition): Promise<number> {
    const { store, writer, now } = this.#options
    const { log } = partition
    let count = 0
    await writer.write({
      sizeBytes: 0,
      apply: (transaction) => {
        const { first, sizeBytes } = partition
        const end = store.slowest(log) ?? partition.next
        const oldest = store.ages(log, { start: first, end }, STEP_RECORDS)
        count = countExpired(oldest, { retention, sizeBytes, nowMs: now() })
        if (count === 0) return
        const draft = transaction.draft(partition, (copy) => store.savePartition(copy))
        draft.first = first + count
        for (const age of oldest.slice(0, count)) draft.sizeBytes -= age.sizeBytes
        store.removeRecords(log, { start: first, end: draft.first })
        store.forget(log, { start: 0, end: Math.max(0, draft.first - REMEMBERED_BEYOND) })
      },
    })
    return count
  }
}
