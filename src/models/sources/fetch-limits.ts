import type { Backoff } from '../../std/backoff.ts'
import { MODEL_FILE_BYTES_MAX } from '../limits.ts'

/** How long and how often a server is asked. */
export interface FetchLimits {
  readonly bytesMax: number
  /** To connect, and between any two signs of life. */
  readonly idleMs: number
  /** For everything, waiting included. */
  readonly totalMs: number
  readonly attemptsMax: number
  /** Where an earlier copy is at hand: who starts again must not wait long for a link that is down. */
  readonly attemptsMaxWithCopy: number
  readonly backoff: Backoff
}

/** A gigabyte by a link of 14 Mbit/s takes ten minutes; a server that is starting takes half a minute. */
export const FETCH_LIMITS: FetchLimits = {
  bytesMax: MODEL_FILE_BYTES_MAX,
  idleMs: 10_000,
  totalMs: 600_000,
  attemptsMax: 6,
  attemptsMaxWithCopy: 2,
  backoff: { baseMs: 1_000, maxMs: 15_000 },
}

/** Redirects in a row: one adds a slash, one goes to a version, and then the file should be there. */
export const REDIRECTS_MAX = 5

/** A server that asks for more patience than this is away. */
export const RETRY_AFTER_MS_MAX = 30_000
