import type { Connector } from '../connector/connector.ts'
import type { Platform } from '../core/platform.ts'
import { settlesWithin } from '../std/deadline.ts'
import { connectorGroup } from './groups.ts'
import type { OpenBrokers } from './open-brokers.ts'
import type { Pipeline } from './pipeline.ts'
import type { TierStatus } from './running.ts'

/** What a status is gathered from. */
export interface StatusParts {
  readonly brokers: OpenBrokers
  readonly connectors: ReadonlyMap<string, Connector>
  readonly platform: Pick<Platform, 'list'>
  /** See `LAG_WAIT_MS`. */
  readonly lagWaitMs?: number
}

/** A cluster on another continent answers within; one that is away must not hold up the table. */
const LAG_WAIT_MS = 1_000

/** Asks for the status of each tier; what a broker does not answer in time stays undefined. */
export function statusOf(
  pipeline: Pipeline,
  { brokers, connectors, platform, lagWaitMs = LAG_WAIT_MS }: StatusParts,
): () => Promise<readonly TierStatus[]> {
  const lags = new Map(
    pipeline.tiers.map(({ name, input: { broker, topic } }) => {
      const lag = () =>
        brokers.get(broker).lag(topic, connectorGroup({ pipeline: pipeline.name, tier: name }))
      return [name, inTime(lag, lagWaitMs)]
    }),
  )
  return async () => {
    const functions = await platform.list()
    const tiers = pipeline.tiers.map(async ({ name, functionName }) => {
      const stats = connectors.get(name)?.stats()
      const own = functions.find((one) => one.name === functionName)
      if (!stats || !own) return []
      const { url, name: _, ...replicas } = own
      return [{ tier: name, ...stats, lag: await lags.get(name)?.(), ...replicas }]
    })
    return (await Promise.all(tiers)).flat()
  }
}

/** The answer, or undefined without one in time; while a question is open, no other is asked. */
function inTime<T>(ask: () => Promise<T>, waitMs: number): () => Promise<T | undefined> {
  let asked: Promise<T | undefined> | undefined
  return async () => {
    // Why a broker does not answer is in the log of those who need it.
    asked ??= ask()
      .catch(() => undefined)
      .finally(() => {
        asked = undefined
      })
    const answer = asked
    return (await settlesWithin(answer, waitMs)) ? answer : undefined
  }
}
