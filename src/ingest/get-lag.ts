import type { Broker } from '../core/broker.ts'
import { deadline } from '../std/deadline.ts'
import { FoglineError, messageOf } from '../std/errors.ts'
import { jsonAnswer } from './answers.ts'
import type { DeadLetterBox } from './dead-letters/box.ts'

/** A tier whose lag is asked for. */
export interface LagTier {
  readonly name: string
  readonly broker: Broker
  /** Its input topic. */
  readonly topic: string
  /** The group of its connector. */
  readonly group: string
  readonly deadLetters: DeadLetterBox
}

/** What waits for a tier. */
export interface TierLag {
  readonly tier: string
  readonly topic: string
  readonly group: string
  /** Records of the topic that the group has not committed; null where the broker does not say. */
  readonly lag: number | null
  /** Dead letters that nobody has handled; null as above. */
  readonly deadLetters: number | null
  /** Why one of them is null. */
  readonly error?: string
}

/** Answers `GET /lag`: what waits for each tier, whichever brokers are away. */
export async function getLag(tiers: readonly LagTier[], timeoutMs: number): Promise<Response> {
  return jsonAnswer(200, { tiers: await Promise.all(tiers.map((tier) => lagOf(tier, timeoutMs))) })
}

async function lagOf(tier: LagTier, timeoutMs: number): Promise<TierLag> {
  const { name, topic, group, broker, deadLetters: box } = tier
  const asked = [broker.lag(topic, group), broker.lag(box.topic, box.group)]
  const [lag, deadLetters] = await Promise.allSettled(asked.map((one) => inTime(one, timeoutMs)))
  const failed = [lag, deadLetters].find((one) => one?.status === 'rejected')
  return {
    tier: name,
    topic,
    group,
    lag: numberOf(lag),
    deadLetters: numberOf(deadLetters),
    ...(failed && { error: messageOf(failed.reason) }),
  }
}

function inTime(lag: Promise<number>, timeoutMs: number): Promise<number> {
  const error = () =>
    new FoglineError(`Cannot ask for lag: no answer within ${timeoutMs} ms`, {
      code: 'ERR_TIMEOUT',
    })
  return deadline(lag, { timeoutMs, error })
}

function numberOf(settled: PromiseSettledResult<number> | undefined): number | null {
  return settled?.status === 'fulfilled' ? settled.value : null
}
