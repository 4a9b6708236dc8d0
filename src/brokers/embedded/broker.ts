import type { DatabaseSync } from 'node:sqlite'
import type {
  Broker,
  NewRecord,
  ReadFrom,
  ReceivedRecord,
  SubscribeOptions,
  Subscription,
  TopicSpec,
} from '../../core/broker.ts'
import type { Now } from '../../std/clock.ts'
import { FoglineError } from '../../std/errors.ts'
import type { Log } from '../../std/log.ts'
import { append, type Placed, place } from './append.ts'
import { Catalog } from './catalog.ts'
import { failure } from './failure.ts'
import { Group } from './group.ts'
import { countUnfinished } from './progress.ts'
import { readTopic } from './reader.ts'
import { Sweeper } from './retention.ts'
import { Store } from './store.ts'
import { EmbeddedSubscription } from './subscription.ts'
import type { Topic } from './topic.ts'
import type { Transaction } from './transaction.ts'
import { Writer } from './writer.ts'

/** What an embedded broker is made of. */
export interface EmbeddedBrokerOptions {
  /** As `openFolder` or `openMemory` gave it; the broker closes it. */
  readonly database: DatabaseSync
  /** For messages: `embedded broker "./data"`. */
  readonly name: string
  readonly log: Log
  readonly now: Now
}

/** A broker in this process, on SQLite. ERR_BROKER if the database is damaged. */
export function embeddedBroker(options: EmbeddedBrokerOptions): Broker {
  try {
    return new EmbeddedBroker(options)
  } catch (cause) {
    options.database.close()
    throw failure(`open ${options.name}`, cause)
  }
}

class EmbeddedBroker implements Broker {
  readonly #options: EmbeddedBrokerOptions
  readonly #writer: Writer
  readonly #store: Store
  readonly #catalog: Catalog
  readonly #sweeper: Sweeper
  readonly #groups = new Map<string, Group>()
  readonly #subscriptions = new Set<EmbeddedSubscription>()
  readonly #closing = new AbortController()

  constructor(options: EmbeddedBrokerOptions) {
    const { database, name, log, now } = options
    this.#options = options
    this.#store = new Store(database)
    this.#writer = new Writer(database, { name, onCommit: () => void this.#sweeper.sweep() })
    this.#catalog = new Catalog(this.#store, this.#writer)
    this.#sweeper = new Sweeper({
      catalog: this.#catalog,
      store: this.#store,
      writer: this.#writer,
      signal: this.#closing.signal,
      now,
      log,
    })
  }

  async ensure(topics: readonly TopicSpec[]): Promise<void> {
    this.#checkOpen('create topics on')
    await this.#catalog.ensure(topics)
  }

  async produce(records: readonly NewRecord[]): Promise<void> {
    this.#checkOpen('write to')
    const placed = place(records, this.#catalog)
    if (placed.length === 0) return
    await this.#append(placed)
  }

  /** Writes `records`, and what `also` does, in one transaction. */
  async #append(
    records: readonly Placed[],
    also: (transaction: Transaction) => void = () => {},
  ): Promise<void> {
    await this.#writer.write({
      sizeBytes: records.reduce((total, { sizeBytes }) => total + sizeBytes, 0),
      apply: (transaction) => {
        append(records, { store: this.#store, transaction, timestampMs: this.#options.now() })
        also(transaction)
      },
    })
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#checkOpen('subscribe to')
    const topic = this.#catalog.topic(options.topic, 'subscribe to')
    const limits = {
      recordsMax: positive('batchRecordsMax', options.batchRecordsMax),
      sizeBytesMax: positive('batchSizeBytesMax', options.batchSizeBytesMax),
    }
    await this.#enrol(topic, options)
    this.#checkOpen('subscribe to')
    const group = this.#group(topic, options.group)
    const subscription = new EmbeddedSubscription({
      group,
      limits,
      settle: (offsets, outcomes) =>
        this.#append(place(outcomes, this.#catalog), (transaction) => {
          for (const offset of offsets) group.commit(offset, transaction)
        }),
      flush: () => this.#writer.flush(),
      onClose: (closed) => this.#subscriptions.delete(closed),
    })
    this.#subscriptions.add(subscription)
    return subscription
  }

  /** Writes down where a group starts that never joined; from now on retention waits for it. */
  async #enrol(topic: Topic, { group, from }: SubscribeOptions): Promise<void> {
    if (group === '') throw new RangeError('group is empty')
    // What was produced before this call lies before "latest".
    this.#writer.flush()
    const enrolled = this.#writer.write({
      sizeBytes: 0,
      apply: () => {
        for (const { log, first, next } of topic.partitions) {
          if (this.#store.progress(log, group)) continue
          const start = from === 'earliest' ? first : next
          this.#store.saveProgress(log, group, { next: start, ahead: [] })
        }
      },
    })
    this.#writer.flush()
    await enrolled
  }

  #group(topic: Topic, name: string): Group {
    // No topic's name has a slash.
    const key = `${topic.name}/${name}`
    const known = this.#groups.get(key)
    if (known) return known
    const group = this.#reading(topic, () => new Group({ store: this.#store, topic, name }))
    this.#groups.set(key, group)
    return group
  }

  read(name: string, from: ReadFrom, signal: AbortSignal): AsyncIterable<ReceivedRecord> {
    try {
      this.#checkOpen('read from')
      const topic = this.#catalog.topic(name, 'read')
      const either = AbortSignal.any([signal, this.#closing.signal])
      return readTopic({ store: this.#store, topic, from, signal: either })
    } catch (error) {
      return refusing(error)
    }
  }

  async lag(name: string, group: string): Promise<number> {
    this.#checkOpen('ask for lag of')
    const topic = this.#catalog.topic(name, 'ask for lag of')
    return this.#reading(topic, () =>
      topic.partitions.reduce((total, { log, first, next }) => {
        const progress = this.#store.progress(log, group) ?? { next: first, ahead: [] }
        return total + countUnfinished(progress, { start: first, end: next })
      }, 0),
    )
  }

  #reading<Value>(topic: Topic, read: () => Value): Value {
    try {
      return read()
    } catch (cause) {
      throw failure(`read how far groups are on topic "${topic.name}"`, cause)
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#writer.flush()
    this.#closing.abort()
    for (const subscription of this.#subscriptions) await subscription.close()
    this.#writer.flush()
    try {
      this.#options.database.close()
    } catch (cause) {
      throw failure(`close ${this.#options.name}`, cause)
    }
  }

  #checkOpen(action: string): void {
    if (!this.#closing.signal.aborted) return
    throw new FoglineError(`Cannot ${action} ${this.#options.name}: it is closed`, {
      code: 'ERR_BROKER',
    })
  }
}

function positive(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new RangeError(`${name} is ${value} (an integer of at least 1)`)
}

/** The port's readers fail when they are iterated, not when they are made. */
function refusing(error: unknown): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }
}
