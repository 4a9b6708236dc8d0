import { backoffMs } from '../../std/backoff.ts'
import type { Cluster } from './cluster.ts'
import { says } from './failure.ts'

/** A new cluster creates its topic of offsets at the first question, which takes a second or two. */
const TRIES_MAX = 20
const BACKOFF = { baseMs: 50, maxMs: 500 }

/** What the cluster says while a group has no coordinator yet, or it reads its records. */
const PASSING = ['COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR']

/** Asks what a group's coordinator knows, again for some seconds where there is none yet. */
export async function withCoordinator<T>(
  { delay, random, signal }: Pick<Cluster, 'delay' | 'random' | 'signal'>,
  ask: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      const isPassing = PASSING.some((apiId) => says(error, apiId))
      if (!isPassing || tries === TRIES_MAX || signal.aborted) throw error
      await delay(backoffMs(tries, BACKOFF, random), signal)
    }
  }
}
