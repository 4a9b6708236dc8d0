/** A part of the broker's memory that a transaction changes, and how the change is stored. */
interface Draft {
  readonly original: object
  readonly copy: object
  readonly save: () => void
}

/**
 * What one database transaction does to the broker's memory: nothing until it has committed. A call
 * that fails leaves memory as it was, like the database.
 */
export class Transaction {
  readonly #drafts = new Map<object, Draft>()
  readonly #listeners = new Set<() => void>()

  /** A copy of `original` to change; `save` stores it, once, however many calls change it. */
  draft<Value extends object>(original: Value, save: (copy: Value) => void): Value {
    const known = this.#drafts.get(original)
    if (known) return known.copy as Value
    const copy = { ...original }
    this.#drafts.set(original, { original, copy, save: () => save(copy) })
    return copy
  }

  /** Calls `listener` once, after the commit. */
  afterCommit(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Stores all drafts; the last thing before the commit. */
  save(): void {
    for (const { save } of this.#drafts.values()) save()
  }

  /** Makes the drafts the broker's memory and tells the listeners; the first thing after the commit. */
  committed(): void {
    for (const { original, copy } of this.#drafts.values()) Object.assign(original, copy)
    for (const listener of this.#listeners) listener()
  }
}
