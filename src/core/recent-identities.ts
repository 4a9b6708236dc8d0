/**
 * The identities that were seen last, as many as `max`: for dropping duplicates, which follow their
 * first record closely, in bounded memory. One more than `max` forgets the one that came first.
 */
export class RecentIdentities {
  readonly #max: number
  // A set keeps the order in which its members came.
  readonly #seen = new Set<string>()
  // One iterator for good: a new one would pass over all that was ever forgotten since a rehash.
  readonly #oldest = this.#seen.values()

  constructor(max: number) {
    if (!Number.isInteger(max) || max < 1) {
      throw new RangeError(`max is ${max} (an integer of at least 1)`)
    }
    this.#max = max
  }

  get size(): number {
    return this.#seen.size
  }

  has(identity: string): boolean {
    return this.#seen.has(identity)
  }

  /** Whether `identity` is new here; it no longer is. Seeing it again does not keep it for longer. */
  add(identity: string): boolean {
    if (this.#seen.has(identity)) return false
    if (this.#seen.size === this.#max) this.#forgetOldest()
    this.#seen.add(identity)
    return true
  }

  #forgetOldest(): void {
    const { value } = this.#oldest.next()
    if (value !== undefined) this.#seen.delete(value)
  }
}
