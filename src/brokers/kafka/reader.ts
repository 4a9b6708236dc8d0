import { ConnectionPool, Consumer } from '@platformatic/kafka'
import type { ReadFrom, ReceivedRecord } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'
import type { BytesConsumer } from './bytes-clients.ts'
import type { Cluster } from './cluster.ts'
import { failure } from './failure.ts'
import { Fetcher } from './fetcher.ts'
import { endOffsets } from './offsets.ts'
import type { PartitionStart } from './partition-buffer.ts'
import { isUnknownTopic } from './topics.ts'

/** What a reader has in hand at a time. */
const LIMITS = { recordsMax: 512, sizeBytesMax: 4 * 1024 * 1024 }

/** Records of all partitions of a topic, without a group, until the signal aborts. */
export async function* readTopic(
  cluster: Cluster,
  { topic, from, signal }: { topic: string; from: ReadFrom; signal: AbortSignal },
): AsyncGenerator<ReceivedRecord, void, void> {
  if (cluster.signal.aborted) throw closed(cluster)
  const { clientOptions, log, delay, random } = cluster
  const ended = new AbortController()
  const either = AbortSignal.any([signal, cluster.signal, ended.signal])
  if (either.aborted) return
  const consumer: BytesConsumer = new Consumer({ ...clientOptions, groupId: 'fogline-reader' })
  const connections = new ConnectionPool(clientOptions.clientId, clientOptions)
  consumer.topics.track(topic)
  const fetcher = new Fetcher({
    consumer,
    connections,
    topic,
    limits: LIMITS,
    delay,
    random,
    signal: either,
    onFailure: (error) => log('warn', 'Cannot read: trying again', { topic, error }),
    onOutOfRange: (partition, position) =>
      log('warn', 'Records are gone: reading on where the topic begins', { partition, position }),
  })
  try {
    fetcher.assign(await startsOf(cluster, { topic, from }))
    for (;;) {
      const batch = await fetcher.next()
      if (!batch) return
      for (const record of batch.records) {
        if (either.aborted) return
        yield record
      }
    }
  } finally {
    ended.abort()
    await Promise.all([consumer.close(true), connections.close()]).catch(() => {})
  }
}

function closed({ name }: Cluster): FoglineError {
  return new FoglineError(`Cannot read from ${name}: it is closed`, { code: 'ERR_BROKER' })
}

async function startsOf(
  { admin }: Cluster,
  { topic, from }: { topic: string; from: ReadFrom },
): Promise<ReadonlyMap<number, PartitionStart>> {
  const finished: ReadonlySet<number> = new Set()
  try {
    const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0
    const partitions = Array.from({ length: count }, (_, partition) => partition)
    const at = from === 'latest' ? 'end' : 'first'
    const ends = await endOffsets(admin, { topic, partitions, at })
    return new Map(
      partitions.map((partition) => {
        const end = ends.get(partition) ?? 0
        return [
          partition,
          {
            position: typeof from === 'number' ? Math.max(from, end) : end,
            committed: 0,
            finished,
          },
        ]
      }),
    )
  } catch (error) {
    if (isUnknownTopic(error)) {
      throw new FoglineError(`Cannot read topic "${topic}": there is none`, { code: 'ERR_BROKER' })
    }
    throw failure(`read topic "${topic}"`, error)
  }
}
