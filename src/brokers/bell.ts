/** Wakes whoever waits: a consumer looks for work, and if there is none waits for the next ring. */
export class Bell {
  #next: PromiseWithResolvers<void> | undefined

  /** Resolves at the next ring. */
  wait(): Promise<void> {
    this.#next ??= Promise.withResolvers<void>()
    return this.#next.promise
  }

  /** Wakes all who wait now. An arrow, so that it can be handed on as a listener. */
  readonly ring = (): void => {
    this.#next?.resolve()
    this.#next = undefined
  }
}
