/** Runs what concerns one key in turn, one after the other; other keys do not wait. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs `work` once all that came before it for `key` has settled; settles as it does. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const turn = before.then(work, work)
    this.#last.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }
}
