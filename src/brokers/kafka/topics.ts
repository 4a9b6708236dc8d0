import { type Admin, findErrorBy } from '@platformatic/kafka'
import type { TopicSpec } from '../../core/broker.ts'
import { backoffMs } from '../../std/backoff.ts'
import type { Delay } from '../../std/delay.ts'
import { FoglineError } from '../../std/errors.ts'
import { checkTopic } from '../topic-name.ts'
import { says } from './failure.ts'
import type { KafkaConfig } from './kafka-config.ts'

/** What creating topics needs. */
export interface TopicsOptions {
  readonly admin: Admin
  /** Of the cluster, for messages. */
  readonly name: string
  readonly config: Pick<KafkaConfig, 'create' | 'replication'>
  readonly delay: Delay
  readonly random: () => number
  readonly signal: AbortSignal
}

/** A new topic has leaders within milliseconds; so many looks, half a second apart at most. */
const LOOKS_MAX = 30
const LOOK_BACKOFF = { baseMs: 20, maxMs: 500 }

/**
 * Creates what is missing of `topics`, with the partitions and copies asked for. Retention is the
 * cluster's own: it deletes by age, whatever a group has committed. ERR_BROKER where topics are
 * missing and must not be created.
 */
export async function ensureTopics(
  topics: readonly TopicSpec[],
  options: TopicsOptions,
): Promise<void> {
  for (const topic of topics) checkTopic(topic)
  const missing = await missingOf(topics, options.admin)
  if (missing.length === 0) return
  if (!options.config.create) {
    const names = missing.map(({ name }) => `"${name}"`).join(', ')
    throw new FoglineError(
      `Cannot use ${options.name}: topics ${names} are missing (\`create: false\` creates none)`,
      { code: 'ERR_BROKER' },
    )
  }
  await Promise.all(missing.map((topic) => create(topic, options)))
  for (let looks = 1; (await missingOf(missing, options.admin)).length > 0; looks++) {
    if (looks > LOOKS_MAX || options.signal.aborted) {
      throw new FoglineError(`Cannot use ${options.name}: new topics have no leaders yet`, {
        code: 'ERR_UNAVAILABLE',
      })
    }
    await options.delay(backoffMs(looks, LOOK_BACKOFF, options.random), options.signal)
  }
}

async function missingOf(
  topics: readonly TopicSpec[],
  admin: Admin,
): Promise<readonly TopicSpec[]> {
  const found = await Promise.all(topics.map(({ name }) => partitionCount(admin, name)))
  return topics.filter((_, index) => found[index] === undefined)
}

/** How many partitions `topic` has, asked anew; undefined where there is none, or no leaders yet. */
async function partitionCount(admin: Admin, topic: string): Promise<number | undefined> {
  try {
    const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
    const partitions = metadata.topics.get(topic)?.partitions ?? []
    return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)
      ? partitions.length
      : undefined
  } catch (error) {
    if (isUnknownTopic(error) || says(error, 'LEADER_NOT_AVAILABLE')) return undefined
    throw error
  }
}

/** Whether the client says that there is no such topic. */
export function isUnknownTopic(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (says(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return true
  return error.message.startsWith('Unknown topic') || findErrorBy(error, 'apiCode', 3) !== null
}

async function create(
  { name, partitions }: TopicSpec,
  { admin, config }: TopicsOptions,
): Promise<void> {
  try {
    await admin.createTopics({
      topics: [{ topic: name, partitions, replicas: config.replication }],
    })
  } catch (error) {
    // Another process was quicker.
    if (!says(error, 'TOPIC_ALREADY_EXISTS')) throw error
  }
}
