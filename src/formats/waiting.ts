import type { Now } from '../std/clock.ts'
import type { Delay } from '../std/delay.ts'
import type { Log } from '../std/log.ts'

/** What it takes to wait for something that is away. */
export interface Waiting {
  readonly now: Now
  /** In 0..1; spreads retries. */
  readonly random: () => number
  readonly delay: Delay
  /** Told of each failure; it is its affair to be brief. */
  readonly log: Log
  /** Aborts once nothing is waited for any more. */
  readonly signal: AbortSignal
}
