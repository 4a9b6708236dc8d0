import type { Offset, OffsetRange } from '../core/broker.ts'

/** Settled entries at the front are cut off in steps of it, which costs next to nothing a record. */
const COMPACT_AT = 1_024

/**
 * Which records of one partition were taken, and which of them are finished: what may be committed
 * is the end of the contiguous finished run, never past a record that is not finished.
 */
export class OffsetRun {
  readonly #partition: number
  #offsets: number[] = []
  #finished: boolean[] = []
  /** Entries before it are part of the contiguous run. */
  #head = 0
  /** The sequence number of the first entry in the arrays. */
  #base = 0

  constructor(partition: number) {
    this.#partition = partition
  }

  /** Records taken beyond the contiguous finished run. */
  get beyond(): number {
    return this.#offsets.length - this.#head
  }

  /** Records taken that are not finished. */
  get unfinished(): number {
    let count = 0
    for (let index = this.#head; index < this.#finished.length; index++) {
      if (!this.#finished[index]) count++
    }
    return count
  }

  /**
   * Takes a record and gives its sequence number for `finish`, or undefined where it was taken
   * before: offsets only rise.
   */
  take(offset: number): number | undefined {
    const last = this.#offsets.at(-1)
    if (last !== undefined && offset <= last) return undefined
    this.#offsets.push(offset)
    this.#finished.push(false)
    return this.#base + this.#offsets.length - 1
  }

  /** Marks the record of this sequence number as finished. */
  finish(sequence: number): void {
    this.#finished[sequence - this.#base] = true
    while (this.#finished[this.#head]) this.#head++
    if (this.#head > COMPACT_AT) this.#compact()
  }

  /** What to commit: all before `next` is finished, and of what lies beyond, the ranges `ahead`. */
  offset(): Offset {
    const last = this.#offsets.at(-1) ?? -1
    const next = this.#offsets[this.#head] ?? last + 1
    const ahead = this.#ahead()
    return { partition: this.#partition, next, ...(ahead.length > 0 && { ahead }) }
  }

  #ahead(): OffsetRange[] {
    const ranges: OffsetRange[] = []
    let start: number | undefined
    let end = 0
    for (let index = this.#head; index < this.#offsets.length; index++) {
      const offset = this.#offsets[index] ?? 0
      if (this.#finished[index]) {
        start ??= offset
        end = offset + 1
      } else if (start !== undefined) {
        ranges.push({ start, end })
        start = undefined
      }
    }
    if (start !== undefined) ranges.push({ start, end })
    return ranges
  }

  #compact(): void {
    // The last entry stays: it tells which offsets were taken.
    const cut = Math.min(this.#head, this.#offsets.length - 1)
    this.#offsets.splice(0, cut)
    this.#finished.splice(0, cut)
    this.#base += cut
    this.#head -= cut
  }
}
