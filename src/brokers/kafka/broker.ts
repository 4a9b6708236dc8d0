import { Admin, Producer } from '@platformatic/kafka'
import type { Broker, NewRecord, SubscribeOptions, Subscription } from '../../core/broker.ts'
import { type Delay, realDelay } from '../../std/delay.ts'
import { FoglineError } from '../../std/errors.ts'
import type { Log } from '../../std/log.ts'
import type { BytesProducer } from './bytes-clients.ts'
import { clientOptions } from './client-options.ts'
import type { Cluster } from './cluster.ts'
import { failure } from './failure.ts'
import type { KafkaConfig } from './kafka-config.ts'
import { joinGroup } from './member.ts'
import { committedOffsets, endOffsets } from './offsets.ts'
import { readTopic } from './reader.ts'
import { type Message, messageMaker, recordWriter } from './record-writer.ts'
import { tlsRefusal } from './tls-refusal.ts'
import { ensureTopics, isUnknownTopic } from './topics.ts'
import { withCoordinator } from './with-coordinator.ts'

/** What a Kafka broker is made of. */
export interface KafkaBrokerOptions {
  readonly config: KafkaConfig
  readonly log: Log
  readonly random: () => number
  readonly delay?: Delay
}

/** Of writes: about half a minute of an absent broker passes by the client's own, idempotent tries. */
const WRITE_RETRIES = 60

/** Of questions: who asks wants to know soon. */
const ASK_RETRIES = 3

/** A broker that is a Kafka cluster. Connects when it is first used; rejects what a secret rejects. */
export async function kafkaBroker(options: KafkaBrokerOptions): Promise<Broker> {
  const { config, log, random, delay = realDelay } = options
  const shared = await clientOptions(config)
  const closing = new AbortController()
  const admin = new Admin({ ...shared, retries: ASK_RETRIES })
  const producer: BytesProducer = new Producer({
    ...shared,
    retries: WRITE_RETRIES,
    idempotent: true,
    compression: config.compression,
    repeatOnStaleMetadata: true,
  })
  const writer = recordWriter((messages) => send(producer, messages))
  const maker = messageMaker()
  const cluster: Cluster = {
    name: `Kafka at ${config.servers.join(',')}`,
    config,
    clientOptions: shared,
    admin,
    log,
    delay,
    random,
    signal: closing.signal,
    place: (records) => place(records, { producer, maker }),
    write: (messages) => writer.write(messages),
  }
  const members = new Set<Subscription>()
  const writing = new Set<Promise<void>>()
  return {
    ...calls(cluster, { members, writing }),
    close: async () => {
      if (closing.signal.aborted) return
      closing.abort()
      await Promise.allSettled(writing)
      await writer.idle()
      await Promise.all([...members].map((member) => member.close()))
      await Promise.all([admin.close(), producer.close(true)]).catch(() => {})
    },
  }
}

/** What closing ends. */
interface Open {
  readonly members: Set<Subscription>
  readonly writing: Set<Promise<void>>
}

function calls(cluster: Cluster, { members, writing }: Open): Omit<Broker, 'close'> {
  return {
    ensure: (topics) =>
      attempt(cluster, `create topics on ${cluster.name}`, () => ensureTopics(topics, cluster)),
    produce: (records) => {
      const written: Promise<void> = attempt(cluster, `write to ${cluster.name}`, async () => {
        if (records.length > 0) await cluster.write(await cluster.place(records))
      }).finally(() => writing.delete(written))
      writing.add(written)
      return written
    },
    subscribe: (options) =>
      attempt(cluster, `subscribe to topic "${options.topic}"`, () =>
        subscribe(cluster, { options, members }),
      ),
    read: (topic, from, signal) => readTopic(cluster, { topic, from, signal }),
    lag: (topic, group) =>
      attempt(cluster, `ask for lag of topic "${topic}"`, () => lag(cluster, topic, group)),
  }
}

async function attempt<T>(cluster: Cluster, action: string, act: () => Promise<T>): Promise<T> {
  const { name, signal } = cluster
  if (signal.aborted) {
    throw new FoglineError(`Cannot ${action}: ${name} is closed`, { code: 'ERR_BROKER' })
  }
  try {
    return await act()
  } catch (error) {
    if (isUnknownTopic(error)) {
      throw new FoglineError(`Cannot ${action}: a topic is missing on ${name}`, {
        code: 'ERR_BROKER',
        cause: error,
      })
    }
    const failed = failure(action, error)
    const refusal = failed.code === 'ERR_UNAVAILABLE' && (await refusalOf(cluster))
    throw refusal ? failure(action, refusal) : failed
  }
}

async function refusalOf({ config, clientOptions }: Cluster): Promise<Error | undefined> {
  const [server] = config.servers
  return server === undefined ? undefined : tlsRefusal(server, clientOptions)
}

async function subscribe(
  cluster: Cluster,
  { options, members }: { options: SubscribeOptions; members: Set<Subscription> },
): Promise<Subscription> {
  if (options.group === '') throw new RangeError('group is empty')
  await cluster.admin.metadata({ topics: [options.topic], forceUpdate: true })
  const member = await joinGroup(cluster, options, () => members.delete(member))
  members.add(member)
  return member
}

async function place(
  records: readonly NewRecord[],
  parts: { readonly producer: BytesProducer; readonly maker: ReturnType<typeof messageMaker> },
): Promise<readonly Message[]> {
  const topics = [...new Set(records.map(({ topic }) => topic))]
  const metadata = await parts.producer.metadata({ topics, retries: ASK_RETRIES })
  return parts.maker.messages(records, (topic) => metadata.topics.get(topic)?.partitionsCount ?? 1)
}

/**
 * With several brokers each partition has a send of its own: the client sends what it tries again to
 * the leader of the first record alone.
 */
async function send(producer: BytesProducer, messages: readonly Message[]): Promise<void> {
  const isSingle = (producer.currentMetadata?.brokers.size ?? 1) <= 1
  const groups = isSingle
    ? [messages]
    : Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`).values()
  const sent = await Promise.allSettled(
    Array.from(groups, (group) => producer.send({ messages: [...group] })),
  )
  const failed = sent.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
}

async function lag(cluster: Cluster, topic: string, group: string): Promise<number> {
  const { admin } = cluster
  const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
  const count = metadata.topics.get(topic)?.partitionsCount ?? 0
  const partitions = Array.from({ length: count }, (_, partition) => partition)
  const [committed, first, end] = await Promise.all([
    withCoordinator(cluster, () => committedOffsets(admin, { group, topic, partitions })),
    endOffsets(admin, { topic, partitions, at: 'first' }),
    endOffsets(admin, { topic, partitions, at: 'end' }),
  ])
  return partitions.reduce((total, partition) => {
    const { next, ahead } = committed.get(partition) ?? {
      next: first.get(partition) ?? 0,
      ahead: [],
    }
    const finished = ahead.reduce((sum, { start, end: stop }) => sum + stop - start, 0)
    return total + Math.max(0, (end.get(partition) ?? 0) - next - finished)
  }, 0)
}
