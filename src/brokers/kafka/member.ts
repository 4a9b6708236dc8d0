import { ConnectionPool, Consumer } from '@platformatic/kafka'
import type { SubscribeOptions, Subscription } from '../../core/broker.ts'
import { backoffMs } from '../../std/backoff.ts'
import { settlesWithin } from '../../std/deadline.ts'
import type { BytesConsumer } from './bytes-clients.ts'
import type { Cluster } from './cluster.ts'
import { failure } from './failure.ts'
import { Fetcher } from './fetcher.ts'
import { join, leave, type MembershipOptions } from './membership.ts'
import { commitOffsets } from './offsets.ts'
import { checkGuarantee, settlerOf } from './settler.ts'
import { startsOf } from './starts.ts'
import { KafkaSubscription } from './subscription.ts'

const ASSIGN_BACKOFF = { baseMs: 50, maxMs: 1_000 }

/** Members wait so long at most for what is in flight, less than any session is long. */
const REVOKE_TIMEOUT_MS = 3_000

/** Of operations of a group; what fails beyond is tried anew by who subscribes. */
const RETRIES = 10

/**
 * Joins a group; resolves once it knows its first partitions, where it is in them, and has written
 * down where it begins in those that the group never committed. `onEnd` is called when it has left.
 */
export async function joinGroup(
  cluster: Cluster,
  options: SubscribeOptions,
  onEnd: () => void,
): Promise<Subscription> {
  const { config, clientOptions } = cluster
  checkGuarantee(options, config.groupProtocol)
  const consumer = consumerOf(cluster, options)
  const closing = new AbortController()
  const signal = AbortSignal.any([closing.signal, cluster.signal])
  const connections = new ConnectionPool(clientOptions.clientId, clientOptions)
  const fetcher = fetcherOf(cluster, { consumer, connections, options, signal })
  const assigned = Promise.withResolvers<void>()
  const assignment = assignmentOf({ cluster, consumer, fetcher, options, signal, assigned })
  const membership: MembershipOptions = {
    consumer,
    topic: options.topic,
    protocol: config.groupProtocol,
    sessionTimeoutMs: config.sessionTimeoutMs,
    isStatic: isStatic(cluster, options),
    ...assignment,
    onLost: (error) => {
      const lost = failure(`stay in group "${options.group}"`, error)
      assigned.reject(lost)
      fetcher.fail(lost)
    },
  }
  const settling = settlerOf(cluster, { consumer, options })
  const end = async () => {
    closing.abort()
    assigned.resolve()
    await settling.close()
    await Promise.all([leave(membership), connections.close()])
  }
  try {
    await Promise.all([join(membership), assigned.promise])
  } catch (error) {
    await end()
    throw failure(`join group "${options.group}" of topic "${options.topic}"`, error)
  }
  return new KafkaSubscription({
    topic: options.topic,
    fetcher,
    settle: settling.settle,
    end: () => end().finally(onEnd),
    signal,
  })
}

/** With KIP-848 the broker refuses a name until the session of who had it has ended: 45 s. */
function isStatic({ config }: Cluster, { member }: SubscribeOptions): boolean {
  return member !== undefined && config.groupProtocol === 'classic'
}

function consumerOf(cluster: Cluster, options: SubscribeOptions): BytesConsumer {
  const { config, clientOptions } = cluster
  return new Consumer({
    ...clientOptions,
    groupId: options.group,
    retries: RETRIES,
    autocommit: false,
    ...(config.groupProtocol === 'consumer'
      ? { groupProtocol: 'consumer' as const }
      : { groupProtocol: 'classic' as const }),
    ...(isStatic(cluster, options) && { groupInstanceId: options.member }),
  } as ConstructorParameters<typeof Consumer<Buffer, Buffer, Buffer, Buffer>>[0])
}

interface FetcherParts {
  readonly consumer: BytesConsumer
  readonly connections: ConnectionPool
  readonly options: SubscribeOptions
  readonly signal: AbortSignal
}

function fetcherOf(
  { log, delay, random }: Cluster,
  { consumer, connections, options, signal }: FetcherParts,
): Fetcher {
  const { topic, batchRecordsMax, batchSizeBytesMax } = options
  return new Fetcher({
    consumer,
    connections,
    topic,
    limits: {
      recordsMax: positive('batchRecordsMax', batchRecordsMax),
      sizeBytesMax: positive('batchSizeBytesMax', batchSizeBytesMax),
    },
    delay,
    random,
    signal,
    onFailure: (error) => log('warn', 'Cannot fetch: trying again', { topic, error }),
    onOutOfRange: (partition, position) =>
      log('error', 'Records are gone: reading on where the topic begins', {
        topic,
        partition,
        position,
      }),
  })
}

function positive(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new RangeError(`${name} is ${value} (an integer of at least 1)`)
}

interface AssignmentParts {
  readonly cluster: Cluster
  readonly consumer: BytesConsumer
  readonly fetcher: Fetcher
  readonly options: SubscribeOptions
  readonly signal: AbortSignal
  /** Resolved at the first assignment. */
  readonly assigned: PromiseWithResolvers<void>
}

function assignmentOf(
  parts: AssignmentParts,
): Pick<MembershipOptions, 'onRevoking' | 'onAssigned'> {
  const { fetcher, options } = parts
  let generation = 0
  return {
    onRevoking: async () => {
      generation++
      const partitions = [...fetcher.partitions]
      if (partitions.length === 0) return
      for (const partition of partitions) fetcher.pause(partition)
      const revoked = options.onRevoked?.(partitions)
      if (revoked) await settlesWithin(revoked, REVOKE_TIMEOUT_MS)
      fetcher.assign(new Map())
    },
    onAssigned: (partitions) => {
      const own = ++generation
      // It does not reject: what fails is tried again, until another assignment comes.
      void assign(partitions, { parts, isCurrent: () => own === generation })
    },
  }
}

async function assign(
  partitions: readonly number[],
  { parts, isCurrent }: { readonly parts: AssignmentParts; readonly isCurrent: () => boolean },
): Promise<void> {
  const { cluster, consumer, fetcher, options, signal, assigned } = parts
  const { topic } = options
  for (let failures = 1; isCurrent() && !signal.aborted; failures++) {
    try {
      const { starts, fresh } = await startsOf(cluster.admin, partitions, options)
      if (!isCurrent()) return
      if (fresh.length > 0 && cluster.config.groupProtocol === 'classic') {
        // So that scalers by lag see the group from its first moment on; before any other commit.
        await commitOffsets(consumer, { topic, offsets: fresh })
        if (!isCurrent()) return
      }
      fetcher.assign(starts)
      assigned.resolve()
      return
    } catch (error) {
      cluster.log('warn', 'Cannot ask where the group is: trying again', { topic, error })
      await cluster.delay(backoffMs(failures, ASSIGN_BACKOFF, cluster.random), signal)
    }
  }
}
