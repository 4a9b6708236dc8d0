import type { Offset, OffsetRange } from '../../core/broker.ts'

/** What a pass over one partition's letters handles, as the offset to commit for it. */
export class Handling {
  readonly #partition: number
  readonly #ahead: { start: number; end: number }[] = []
  /** The first letter that is left; undefined as long as none is. */
  #left: number | undefined
  #end = 0
  #isLastHandled = false

  constructor(partition: number) {
    this.#partition = partition
  }

  /**
   * Takes note of the next letter. Offsets between letters that a member is given are handled
   * already, or hold none.
   */
  take(offset: number, isHandled: boolean): void {
    if (!isHandled) this.#left ??= offset
    else if (this.#left !== undefined) this.#finish(offset)
    this.#end = offset + 1
    this.#isLastHandled = isHandled
  }

  #finish(offset: number): void {
    const last = this.#ahead.at(-1)
    if (last && this.#isLastHandled) last.end = offset + 1
    else this.#ahead.push({ start: offset, end: offset + 1 })
  }

  /** Everything before the first letter that is left, and what is handled beyond it. */
  offset(): Offset {
    const ahead: readonly OffsetRange[] = this.#ahead.map((range) => ({ ...range }))
    const next = this.#left ?? this.#end
    return { partition: this.#partition, next, ...(ahead.length > 0 && { ahead }) }
  }
}
