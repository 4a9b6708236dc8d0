import type { GroupAssignment } from '@platformatic/kafka'
import { FoglineError } from '../../std/errors.ts'
import type { BytesConsumer } from './bytes-clients.ts'
import { says } from './failure.ts'

/** How to be a member of a group. */
export interface MembershipOptions {
  readonly consumer: BytesConsumer
  readonly topic: string
  readonly protocol: 'classic' | 'consumer'
  readonly sessionTimeoutMs: number
  /** Stays in the group when it is left, for the member that starts again under the same name. */
  readonly isStatic: boolean
  /** Partitions may go; the classic protocol waits for it, within a bound. */
  readonly onRevoking: () => Promise<void>
  /** From now on these are this member's. */
  readonly onAssigned: (partitions: readonly number[]) => void
  /** The group has dropped this member for good. */
  readonly onLost: (error: unknown) => void
}

/** A rebalance begins when members notice, at a heartbeat; three a second would load no broker. */
const HEARTBEAT_INTERVAL_MS = 1_000

/** What the coordinator waits for members to come back, at least: they finish what is in flight. */
const REBALANCE_TIMEOUT_MIN_MS = 15_000

/** Joins the group; resolves once it is a member. Rejects with the client's error. */
export async function join(options: MembershipOptions): Promise<void> {
  const { consumer, onLost } = options
  consumer.on('error', onLost)
  if (options.protocol === 'consumer') await joinConsumer(options)
  else await joinClassic(options)
}

/** Leaves the group, but where it is static, and ends the consumer; does not reject. */
export async function leave({ consumer, isStatic }: MembershipOptions): Promise<void> {
  // Without metadata the client finds no coordinator to tell, and just ends.
  if (isStatic) consumer.clearMetadata()
  await consumer.close(true).catch(() => {})
}

async function joinClassic(options: MembershipOptions): Promise<void> {
  const { consumer, topic, sessionTimeoutMs, onRevoking, onAssigned } = options
  const fencing = watchFencing(consumer)
  consumer.topics.track(topic)
  consumer.on('consumer:group:join', ({ assignments }) =>
    onAssigned(partitionsOf(assignments, topic)),
  )
  await consumer.joinGroup({
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: Math.max(sessionTimeoutMs, REBALANCE_TIMEOUT_MIN_MS),
    heartbeatInterval: Math.min(HEARTBEAT_INTERVAL_MS, sessionTimeoutMs / 3),
    // Asked for before each JoinGroup is sent, the one moment to finish what is in flight.
    protocolsMetadata: async () => {
      if (fencing.isFenced) throw fenced(consumer)
      await onRevoking()
      return Buffer.alloc(0)
    },
  })
}

/**
 * KIP-848: the client joins only where it consumes, so it has a stream that nobody reads (it fetches
 * nothing then); assignments come with heartbeats.
 */
async function joinConsumer(options: MembershipOptions): Promise<void> {
  const { consumer, topic, onRevoking, onAssigned, onLost } = options
  let known: string | undefined
  const look = () => {
    if (consumer.assignments === null) return
    const partitions = partitionsOf(consumer.assignments, topic)
    const text = partitions.toSorted((a, b) => a - b).join()
    if (text === known) return
    known = text
    // The group does not wait: what is in flight is given up at once.
    void onRevoking().then(() => onAssigned(partitions))
  }
  consumer.on('consumer:heartbeat:end', look)
  const stream = await consumer.consume({ topics: [topic], mode: 'committed', autocommit: false })
  stream.on('error', onLost)
  stream.on('offsets', look)
}

function partitionsOf(
  assignments: readonly GroupAssignment[] | undefined,
  topic: string,
): readonly number[] {
  return assignments?.find((one) => one.topic === topic)?.partitions ?? []
}

/** The client, fenced, would take its name back from who has it now, and so in turns for ever. */
function watchFencing(consumer: BytesConsumer): { isFenced: boolean } {
  const state = { isFenced: false }
  consumer.on(
    'client:performWithRetry:failed',
    (_operation, _retries, errors: readonly unknown[]) => {
      if (errors.some((error) => says(error, 'FENCED_INSTANCE_ID'))) state.isFenced = true
    },
  )
  return state
}

function fenced({ groupId, groupInstanceId }: BytesConsumer): FoglineError {
  return new FoglineError(
    `Cannot stay in group "${groupId}": another process has joined as "${groupInstanceId}"` +
      ' (each process needs a name of its own)',
    { code: 'ERR_BROKER' },
  )
}
