import { randomUUID } from 'node:crypto'
import type { TopicSpec } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'
import { Bell } from '../bell.ts'
import { checkTopic } from '../topic-name.ts'
import type { Store } from './store.ts'
import type { Topic } from './topic.ts'
import type { Writer } from './writer.ts'

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
