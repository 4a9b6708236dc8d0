import { randomUUID } from 'node:crypto'
import type { Retention, TopicSpec } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'
import { checkTopic } from '../topic-name.ts'
import { Bell } from './bell.ts'
import type { Store } from './store.ts'
import type { Writer } from './writer.ts'

/** One partition of a topic: a log. */
export interface Partition {
  /** Unique among the partitions of all topics. */
  readonly log: number
  /** From 0 on, within the topic. */
  readonly number: number
  /** The oldest offset that retention has left. */
  first: number
  /** The offset that the next record gets. */
  next: number
  /** Of keys, values and headers. */
  sizeBytes: number
}

/** A topic and where its partitions stand. */
export interface Topic {
  /** Its row in the database. */
  readonly row: number
  readonly name: string
  /** A random UUID: a topic of the same name in another broker has another. */
  readonly id: string
  readonly retention: Retention
  readonly partitions: readonly Partition[]
  /** Rings when records were appended, and when a waiting consumer has another reason to look. */
  readonly bell: Bell
  /** Counts calls, so that records without a key take turns through the partitions. */
  turn: number
}

/** The topics that exist. */
export class Catalog {
  readonly #store: Store
  readonly #writer: Writer
  readonly #topics = new Map<string, Topic>()

  constructor(store: Store, writer: Writer) {
    this.#store = store
    this.#writer = writer
    for (const name of store.topicNames()) this.#load(name)
  }

  /** The topic called `name`; ERR_BROKER, saying that `action` cannot be done, if there is none. */
  topic(name: string, action: string): Topic {
    const topic = this.#topics.get(name)
    if (topic) return topic
    throw new FoglineError(
      `Cannot ${action} topic "${name}": it does not exist (ensure it first)`,
      {
        code: 'ERR_BROKER',
      },
    )
  }

  topics(): Iterable<Topic> {
    return this.#topics.values()
  }

  /** Creates what is missing of `specs`: all or none. */
  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    for (const spec of specs) checkTopic(spec)
    const missing = specs.filter(({ name }) => !this.#topics.has(name))
    if (missing.length === 0) return
    await this.#writer.write({
      sizeBytes: 0,
      apply: (transaction) => {
        for (const spec of missing) {
          this.#store.insertTopic(spec, randomUUID())
          transaction.afterCommit(() => this.#load(spec.name))
        }
      },
    })
  }

  #load(name: string): void {
    if (this.#topics.has(name)) return
    const topic = this.#store.topic(name)
    this.#topics.set(name, { ...topic, bell: new Bell(), turn: 0 })
  }
}
