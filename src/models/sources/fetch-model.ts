import { backoffMs } from '../../std/backoff.ts'
import type { Delay } from '../../std/delay.ts'
import { type FoglineError, isFoglineError } from '../../std/errors.ts'
import type { Log } from '../../std/log.ts'
import { refuse } from '../refuse.ts'
import type { FetchLimits } from './fetch-limits.ts'
import { type Fetched, type FetchOnce, fetchOnce } from './fetch-once.ts'
import type { WebSource } from './model-source.ts'

/** How to ask a server for a model. */
export interface FetchOptions extends Pick<FetchOnce, 'known' | 'lookup'> {
  readonly limits: FetchLimits
  readonly log: Log
  readonly signal: AbortSignal
  readonly delay: Delay
  readonly random: () => number
}

/**
 * Asks the server of `source` until it answers, within bounds: `away` where it did not. Throws ERR_MODEL
 * for a final answer, and where the signal aborts.
 */
export async function fetchModel(source: WebSource, options: FetchOptions): Promise<Fetched> {
  const { limits, known, log, delay, random } = options
  const late = AbortSignal.timeout(limits.totalMs)
  const signal = AbortSignal.any([late, options.signal])
  const attemptsMax = known ? limits.attemptsMaxWithCopy : limits.attemptsMax
  for (let attempt = 1; ; attempt++) {
    const fetched = await attemptOnce(source, { ...options, signal })
    if (options.signal.aborted) throw refuse('loading was stopped')
    if (fetched.kind !== 'away') return fetched
    if (late.aborted) {
      const reason = refuse(`it has not arrived within ${limits.totalMs} ms`)
      return { kind: 'away', reason, afterMs: 0 }
    }
    if (attempt >= attemptsMax) return fetched
    const waitMs = Math.max(fetched.afterMs, backoffMs(attempt, limits.backoff, random))
    const { reason } = fetched
    log('warn', 'Cannot fetch model: trying again', { model: source.text, attempt, reason })
    await delay(waitMs, signal)
  }
}

async function attemptOnce(source: WebSource, options: FetchOnce): Promise<Fetched> {
  try {
    return await fetchOnce(source, options)
  } catch (error) {
    if (options.signal.aborted || isFoglineError(error, 'ERR_UNAVAILABLE')) {
      return { kind: 'away', reason: error as FoglineError, afterMs: 0 }
    }
    throw error
  }
}
