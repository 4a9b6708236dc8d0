import { openBroker } from '../brokers/open.ts'
import type { Broker, TopicSpec } from '../core/broker.ts'
import { type Backoff, backoffMs } from '../std/backoff.ts'
import type { Now } from '../std/clock.ts'
import { settlesWithin } from '../std/deadline.ts'
import { type Delay, realDelay } from '../std/delay.ts'
import { FoglineError, isFoglineError } from '../std/errors.ts'
import type { Log } from '../std/log.ts'
import { quietLog } from '../std/quiet-log.ts'
import type { Pipeline } from './pipeline.ts'
import { topicsByBroker } from './topics.ts'

/** The brokers of a pipeline, by the key that its topics name. */
export interface OpenBrokers {
  /** Throws ERR_BROKER for a key that no topic names. */
  get(key: string): Broker
  /** Whether the topics are there; not yet on a broker that is away. */
  isReady(key: string): boolean
}

/** How to open brokers. */
export interface OpenBrokersOptions {
  readonly log: Log
  readonly now: Now
  /** Closes the brokers, and ends the tries for those that are away. */
  readonly stack: AsyncDisposableStack
  readonly open?: typeof openBroker
  readonly random?: () => number
  readonly delay?: Delay
  /** See `ENSURE_WAIT_MS`. */
  readonly ensureWaitMs?: number
}

/** A broker that has not shown its topics by then is away, as far as a start is concerned. */
const ENSURE_WAIT_MS = 5_000

/** How often a broker that is away is asked for its topics. */
const AWAY_BACKOFF: Backoff = { baseMs: 200, maxMs: 5_000 }

/** How often the log repeats that a broker is away. */
const LOG_EVERY_MS = 30_000

/**
 * Opens every broker of `pipeline` and creates the topics that are missing. A broker that is away
 * stops nothing: it is asked again until it is there. Throws what else is wrong with one, as
 * credentials that it refuses (ERR_BROKER) or a secret that is missing (ERR_CONFIG).
 */
export async function openBrokers(
  pipeline: Pipeline,
  options: OpenBrokersOptions,
): Promise<OpenBrokers> {
  const { log, now, stack, open = openBroker } = options
  const opened = new Map<string, Opened>()
  for (const [key, topics] of topicsByBroker(pipeline)) {
    const broker = await open(pipeline.clusters[key] ?? key, { log, now })
    stack.defer(() => broker.close())
    opened.set(key, { key, broker, topics, isReady: false })
  }
  const closing = new AbortController()
  stack.defer(() => closing.abort())
  const ensuring: Ensuring = {
    random: Math.random,
    delay: realDelay,
    ensureWaitMs: ENSURE_WAIT_MS,
    ...options,
    log: quietLog(log, { now, everyMs: LOG_EVERY_MS }),
    signal: closing.signal,
  }
  await Promise.all(Array.from(opened.values(), (one) => ensure(one, ensuring)))
  return {
    get: (key) => {
      const one = opened.get(key)
      if (one) return one.broker
      throw new FoglineError(`Cannot use broker "${key}": it is not open`, { code: 'ERR_BROKER' })
    },
    isReady: (key) => opened.get(key)?.isReady ?? false,
  }
}

interface Opened {
  readonly key: string
  readonly broker: Broker
  readonly topics: readonly TopicSpec[]
  isReady: boolean
}

interface Ensuring extends Required<Pick<OpenBrokersOptions, 'random' | 'delay' | 'ensureWaitMs'>> {
  readonly log: Log
  readonly signal: AbortSignal
}

/** Resolves once the topics are there, or the broker is found to be away. */
async function ensure(opened: Opened, ensuring: Ensuring): Promise<void> {
  const attempt = opened.broker.ensure(opened.topics)
  if (await settlesWithin(attempt, ensuring.ensureWaitMs)) {
    try {
      await attempt
      opened.isReady = true
      return
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }
  // It does not reject: what fails is tried again, until the pipeline closes.
  void ensureInTime(opened, { ...ensuring, attempt })
}

async function ensureInTime(
  opened: Opened,
  { attempt, signal, log, delay, random }: Ensuring & { readonly attempt: Promise<void> },
): Promise<void> {
  const { key, broker, topics } = opened
  let latest = attempt
  for (let failures = 1; ; failures++) {
    try {
      await latest
      opened.isReady = true
      log('info', 'Broker is there', { broker: key })
      return
    } catch (error) {
      if (signal.aborted) return
      const level = isAway(error) ? 'warn' : 'error'
      log(level, 'Cannot use broker: trying again', { broker: key, error })
    }
    await delay(backoffMs(failures, AWAY_BACKOFF, random), signal)
    if (signal.aborted) return
    latest = broker.ensure(topics)
  }
}

/** Nobody's fault: it may be there a moment later. */
function isAway(error: unknown): boolean {
  return isFoglineError(error, 'ERR_UNAVAILABLE') || isFoglineError(error, 'ERR_TIMEOUT')
}
