import type { Batch, OffsetRange, ReceivedRecord } from '../../core/broker.ts'
import type { Fetched } from './fetched.ts'

/** What one batch may have. */
export interface BatchLimits {
  readonly recordsMax: number
  readonly sizeBytesMax: number
}

/** Asked for at first: what it unpacks to is not known yet. */
const FETCH_SIZE_BYTES_START = 64 * 1024
const FETCH_SIZE_BYTES_MIN = 4 * 1024
const FETCH_SIZE_BYTES_MAX = 512 * 1024

/** What a fetch of a partition shall unpack to; fetch limits count compressed bytes. */
const UNPACKED_SIZE_BYTES = 256 * 1024

/** The records of one partition that were fetched and not given yet. */
export class PartitionBuffer {
  /** The next offset to fetch. */
  position: number
  /** Records before it are finished. */
  readonly #committed: number
  readonly #finished: ReadonlySet<number>
  #records: ReceivedRecord[] = []
  /** The next record to give. */
  #at = 0
  #fetchSizeBytes = FETCH_SIZE_BYTES_START
  #lastGiven = -1
  isPaused = false

  constructor(start: PartitionStart) {
    this.position = start.position
    this.#committed = start.committed
    this.#finished = start.finished
  }

  /**
   * `next`, or what lies behind it without a record: where all that was given is finished, the ends
   * of transactions are, too, and count for no lag.
   */
  beyondMarkers(next: number): number {
    return this.isEmpty && next > this.#lastGiven ? Math.max(next, this.position) : next
  }

  /** What was finished before this member came, from offset `next` on. */
  finishedFrom(next: number): readonly OffsetRange[] {
    const offsets = [...this.#finished].filter((offset) => offset >= next)
    return offsets.map((offset) => ({ start: offset, end: offset + 1 }))
  }

  get isEmpty(): boolean {
    return this.#at >= this.#records.length
  }

  /** Bytes of the next fetch, as the broker counts them. */
  get fetchSizeBytes(): number {
    return this.#fetchSizeBytes
  }

  /** Takes what a fetch brought; it was asked for when the buffer was empty. */
  add({ records, next }: Fetched): void {
    this.position = Math.max(this.position, next)
    this.#records = records.filter(({ offset }) => !this.#finished.has(offset))
    this.#at = 0
    this.#adapt(records)
  }

  /** The next batch, or undefined where there is none. */
  take(limits: BatchLimits): Omit<Batch, 'topic' | 'partition'> | undefined {
    const first = this.#records[this.#at]
    if (!first) return undefined
    const isPast = first.offset < this.#committed
    const start = this.#at
    let sizeBytes = 0
    while (this.#at < this.#records.length && this.#at - start < limits.recordsMax) {
      const record = this.#records[this.#at]
      if (!record || record.offset < this.#committed !== isPast) break
      sizeBytes += sizeOf(record)
      if (sizeBytes > limits.sizeBytesMax && this.#at > start) break
      this.#at++
    }
    const records = this.#records.slice(start, this.#at)
    this.#lastGiven = records.at(-1)?.offset ?? this.#lastGiven
    if (this.isEmpty) this.#records = []
    return isPast ? { records, past: true } : { records }
  }

  /** Aims at the next fetch's unpacked size by the last one's. */
  #adapt(records: readonly ReceivedRecord[]): void {
    if (records.length === 0) return
    const unpacked = records.reduce((sum, record) => sum + sizeOf(record), 0)
    const ratio = unpacked / this.#fetchSizeBytes
    const wanted = ratio > 1 ? UNPACKED_SIZE_BYTES / ratio : this.#fetchSizeBytes * 2
    this.#fetchSizeBytes = Math.round(
      Math.min(FETCH_SIZE_BYTES_MAX, Math.max(FETCH_SIZE_BYTES_MIN, wanted)),
    )
  }
}

/** Where a partition is to be read from. */
export interface PartitionStart {
  /** The first offset to read. */
  readonly position: number
  /** Records before it are finished and come marked as past. */
  readonly committed: number
  /** Offsets beyond `committed` that are finished: they do not come at all. */
  readonly finished: ReadonlySet<number>
}

function sizeOf({ key, value, headers }: ReceivedRecord): number {
  let sizeBytes = (key?.length ?? 0) + value.length
  for (const [name, bytes] of headers) sizeBytes += name.length + bytes.length
  return sizeBytes
}
