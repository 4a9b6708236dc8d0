/** How long to wait between attempts. */
export interface Backoff {
  /** The most before the second attempt; it doubles with each further one. */
  readonly baseMs: number
  /** The most before any attempt. */
  readonly maxMs: number
}

/**
 * How long to wait after `failures` (1 or more) in a row: anything up to a bound that doubles. The
 * whole of it is random ("full jitter", AWS Architecture Blog 2015), so that callers spread out.
 */
export function backoffMs(
  failures: number,
  { baseMs, maxMs }: Backoff,
  random: () => number,
): number {
  return random() * Math.min(maxMs, baseMs * 2 ** (failures - 1))
}
