import { setTimeout as sleep } from 'node:timers/promises'
import type { Door, DoorTier, Sample } from '../ingest/door.ts'
import { errorOf } from '../ingest/door-error.ts'
import { FoglineError, isFoglineError } from '../std/errors.ts'
import type { HttpAnswer } from '../std/http-client.ts'

/** For how long a door that is away is asked again. */
export interface Patience {
  readonly retryForMs: number
  readonly signal: AbortSignal
}

const BACKOFF_FIRST_MS = 50
const BACKOFF_MAX_MS = 2000

/** The tier `name` of the door. Throws ERR_ARGUMENT, naming those there are, if it has none. */
export async function findTier(door: Door, name: string, patience: Patience): Promise<DoorTier> {
  const tiers = await retrying(() => door.tiers(patience.signal), patience)
  const tier = tiers.find((one) => one.name === name)
  if (tier) return tier
  const names = tiers.map((one) => one.name).join(', ')
  throw new FoglineError(`Cannot send to tier "${name}": there is none (known: ${names})`, {
    code: 'ERR_ARGUMENT',
  })
}

/** A sample and the tier that it is for. */
export interface Delivery {
  readonly door: Door
  readonly tier: string
  /** With a `fogline-id`: the door knows it again, so that sending twice is safe. */
  readonly sample: Sample
}

/** Sends a sample until it is acknowledged. Throws ERR_REQUEST at once where the door refuses it. */
export async function deliver({ door, tier, sample }: Delivery, patience: Patience): Promise<void> {
  await retrying(async () => {
    const answer = await door.ingest(tier, sample, patience.signal)
    if (answer.status !== 202) throw refusal(tier, answer)
  }, patience)
}

function refusal(tier: string, answer: HttpAnswer): FoglineError {
  const isTemporary = answer.status === 429 || answer.status >= 500
  return new FoglineError(`Cannot send to tier "${tier}": ${errorOf(answer)}`, {
    code: isTemporary ? 'ERR_UNAVAILABLE' : 'ERR_REQUEST',
  })
}

async function retrying<T>(call: () => Promise<T>, { retryForMs, signal }: Patience): Promise<T> {
  const endMs = performance.now() + retryForMs
  for (let backoffMs = BACKOFF_FIRST_MS; ; backoffMs = Math.min(2 * backoffMs, BACKOFF_MAX_MS)) {
    try {
      return await call()
    } catch (error) {
      const isTemporary =
        isFoglineError(error, 'ERR_UNAVAILABLE') || isFoglineError(error, 'ERR_TIMEOUT')
      if (!isTemporary || signal.aborted || performance.now() > endMs) throw error
      await sleep(backoffMs * (0.5 + Math.random() / 2), undefined, { signal })
    }
  }
}
