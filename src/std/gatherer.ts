/** Writes in gathered chunks, one after the other. */
export interface Gatherer<Item> {
  /** Queues items, to be written after those queued before. */
  add(items: readonly Item[]): void
  /** Items queued or being written. */
  readonly pending: number
  /** Resolves once nothing is pending. */
  idle(): Promise<void>
}

/** How a gatherer writes. */
export interface GathererOptions<Item> {
  /**
   * Writes a chunk. It retries by itself; where it throws, the chunk is dropped and the next one
   * follows.
   */
  readonly write: (items: readonly Item[]) => Promise<void>
  /** Items in one chunk, at most. */
  readonly itemsMax: number
}

/**
 * Gathers what queues up while a write is under way into the next write: at low load an item goes
 * at once, at high load many share the cost of one write. The queue itself has no bound; who adds
 * items bounds them.
 */
export function gatherer<Item>({ write, itemsMax }: GathererOptions<Item>): Gatherer<Item> {
  const queue: Item[] = []
  let writing = 0
  let waiters: (() => void)[] = []

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const chunk = queue.splice(0, itemsMax)
      writing = chunk.length
      await write(chunk).catch(() => {})
      writing = 0
    }
    const idle = waiters
    waiters = []
    for (const resolve of idle) resolve()
  }

  return {
    add: (items) => {
      const busy = writing > 0 || queue.length > 0
      for (const item of items) queue.push(item)
      // Its writes cannot reject; whoever waits does so with `idle`.
      if (!busy && queue.length > 0) void drain()
    },
    get pending() {
      return queue.length + writing
    },
    idle: () => {
      if (queue.length + writing === 0) return Promise.resolve()
      return new Promise((resolve) => waiters.push(resolve))
    },
  }
}
