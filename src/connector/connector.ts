import type { Subscription } from '../core/broker.ts'
import { backoffMs } from '../std/backoff.ts'
import type { Now } from '../std/clock.ts'
import { type Delay, realDelay } from '../std/delay.ts'
import type { Log } from '../std/log.ts'
import { quietLog } from '../std/quiet-log.ts'
import type { Context, TierWiring } from './context.ts'
import { CONNECTOR_LIMITS, type ConnectorLimits } from './limits.ts'
import { recentByPartition } from './recent.ts'
import { type Session, sessionOf } from './session.ts'
import { type TierStats, tierCounters } from './tier-stats.ts'

/** Takes a tier's records to its function, and their outcomes to where they belong. */
export interface Connector {
  /** Resolves once it is, for the first time, a member of its group; never if closed before. */
  readonly ready: Promise<void>
  stats(): TierStats
  /** Takes nothing more, finishes what is in flight within a bound, commits it, and leaves the group. */
  close(): Promise<void>
}

/** A tier's wiring, and what a connector needs besides. */
export interface ConnectorOptions extends TierWiring {
  readonly limits?: Partial<ConnectorLimits>
  readonly now: Now
  /** In 0..1; spreads retries. */
  readonly random: () => number
  readonly delay?: Delay
  readonly log: Log
}

/** How often the log repeats that something is away. */
const LOG_EVERY_MS = 10_000

/**
 * Starts a connector. It needs no care: what is away is waited for, a subscription that fails is
 * made anew, and no record is committed before its outcome is durable.
 */
export function startConnector(options: ConnectorOptions): Connector {
  const closing = new AbortController()
  const ready = Promise.withResolvers<void>()
  const counters = tierCounters()
  const { now, random, delay = realDelay } = options
  const limits = { ...CONNECTOR_LIMITS, ...options.limits }
  const served = serve({
    wiring: options,
    limits,
    counters,
    recent: recentByPartition(limits.recentIdentitiesMax),
    now,
    random,
    delay,
    log: quietLog(options.log, { now, everyMs: LOG_EVERY_MS }),
    closing: closing.signal,
    onReady: ready.resolve,
  })
  return {
    ready: ready.promise,
    stats: counters.stats,
    close: async () => {
      closing.abort()
      await served
    },
  }
}

interface Serving extends Omit<Context, 'signal'> {
  readonly closing: AbortSignal
  readonly onReady: () => void
}

/** One subscription after the other, until closed; never rejects. */
async function serve(serving: Serving): Promise<void> {
  const { wiring, limits, counters, closing } = serving
  let failures = 0
  while (!closing.aborted) {
    const abandon = new AbortController()
    const at: Working = { abandon, session: undefined }
    try {
      const subscription = await subscribe(wiring, { limits, at })
      counters.consuming = true
      failures = 0
      serving.onReady()
      await work(subscription, { serving, at })
    } catch (error) {
      serving.log('warn', 'Cannot consume: trying again', { topic: wiring.input.topic, error })
    }
    abandon.abort()
    counters.consuming = false
    counters.inFlight = 0
    if (closing.aborted) break
    await serving.delay(backoffMs(++failures, limits.awayBackoff, serving.random), closing)
  }
}

/** What goes on at a subscription. */
interface Working {
  readonly abandon: AbortController
  session: Session | undefined
}

function subscribe(
  { input, guarantee }: TierWiring,
  { limits, at }: { readonly limits: ConnectorLimits; readonly at: Working },
): Promise<Subscription> {
  return input.broker.subscribe({
    topic: input.topic,
    group: input.group,
    from: 'earliest',
    batchRecordsMax: limits.batchRecordsMax,
    batchSizeBytesMax: limits.batchSizeBytesMax,
    member: input.member,
    guarantee,
    lookBackRecords: limits.lookBackRecords,
    onRevoked: async (partitions) => at.session?.revoke(partitions),
  })
}

/** Works on a subscription until it ends, or until closing has drained it. */
async function work(
  subscription: Subscription,
  { serving, at }: { readonly serving: Serving; readonly at: Working },
): Promise<void> {
  const { closing, delay, limits } = serving
  const { abandon } = at
  const session = sessionOf({ ...serving, signal: abandon.signal }, subscription)
  at.session = session
  const leaving = Promise.withResolvers<void>()
  const leave = async () => {
    await Promise.race([session.drain(), delay(limits.closeTimeoutMs, abandon.signal)])
    abandon.abort()
    await subscription.close()
  }
  const onClosing = () => leaving.resolve(leave())
  closing.addEventListener('abort', onClosing, { once: true })
  if (closing.aborted) onClosing()
  try {
    // Both end by the subscription's close; a failure of either is one of the whole.
    await session.run()
    if (closing.aborted) await leaving.promise
  } finally {
    closing.removeEventListener('abort', onClosing)
    abandon.abort()
    await subscription.close()
  }
}
