import type { Batch, NewRecord, Offset, Subscription } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'
import { failure } from './failure.ts'
import type { Fetcher } from './fetcher.ts'

/** What a subscription is made of. */
export interface KafkaSubscriptionOptions {
  readonly topic: string
  readonly fetcher: Fetcher
  /** Writes outcomes and commits offsets; rejects with the client's error. */
  readonly settle: (offsets: readonly Offset[], outcomes: readonly NewRecord[]) => Promise<void>
  /** Ends fetching, leaves the group, frees connections. */
  readonly end: () => Promise<void>
  readonly signal: AbortSignal
}

/** A member of a group of a Kafka cluster. */
export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions
  #iterated = false
  #ended: Promise<void> | undefined

  constructor(options: KafkaSubscriptionOptions) {
    this.#options = options
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    if (this.#iterated) throw this.#refusal('iterate', 'it was iterated before (once)')
    this.#iterated = true
    return this.#batches()
  }

  async *#batches(): AsyncGenerator<Batch, void, void> {
    for (;;) {
      const batch = await this.#options.fetcher.next()
      if (!batch) return
      yield batch
    }
  }

  async settle(offsets: readonly Offset[], outcomes: readonly NewRecord[]): Promise<void> {
    const { fetcher, topic, signal } = this.#options
    if (signal.aborted) throw this.#refusal('settle records of', 'it is closed')
    const owned = fetcher.partitions
    const foreign = offsets.find(({ partition }) => !owned.has(partition))
    if (foreign) {
      throw this.#refusal(
        'settle records of',
        `partition ${foreign.partition} is not this member's`,
      )
    }
    try {
      await this.#options.settle(
        offsets.map((offset) => fetcher.whole(offset)),
        outcomes,
      )
    } catch (error) {
      throw failure(`settle records of topic "${topic}"`, error)
    }
  }

  pause(partition: number): void {
    this.#options.fetcher.pause(partition)
  }

  resume(partition: number): void {
    this.#options.fetcher.resume(partition)
  }

  close(): Promise<void> {
    this.#ended ??= this.#options.end()
    return this.#ended
  }

  #refusal(action: string, state: string): FoglineError {
    return new FoglineError(
      `Cannot ${action} subscription to topic "${this.#options.topic}": ${state}`,
      { code: 'ERR_BROKER' },
    )
  }
}
