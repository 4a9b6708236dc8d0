/** Counts of durations, in a fixed amount of memory. */
export interface Histogram {
  /** Counts one duration; below 0 counts as 0. */
  add(durationMs: number): void
  /**
   * The duration that `share` (in 0..1) of those counted do not exceed, at most 3 % off; undefined
   * while nothing is counted.
   */
  quantile(share: number): number | undefined
}

/** Neighbouring buckets differ by 6 %, so that their middle is within 3 % of what they hold. */
const GROWTH = 1.06

/** Durations below it are one bucket: no clock in use is finer. */
const SMALLEST_MS = 0.001

/** Up to 12 days; longer ones count as that. */
const BUCKETS = Math.ceil(Math.log(1e9 / SMALLEST_MS) / Math.log(GROWTH))

/** A histogram with buckets that grow by a constant factor. */
export function histogram(): Histogram {
  const counts = new Float64Array(BUCKETS + 1)
  const scale = 1 / Math.log(GROWTH)
  const state = { total: 0 }
  return {
    add: (durationMs) => {
      const steps = Math.ceil(Math.log(durationMs / SMALLEST_MS) * scale)
      const bucket = durationMs > SMALLEST_MS ? Math.min(BUCKETS, steps) : 0
      counts[bucket] = (counts[bucket] ?? 0) + 1
      state.total++
    },
    quantile: (share) => (state.total === 0 ? undefined : find(counts, share * state.total)),
  }
}

/** The middle of the bucket in which the count from below reaches `target`. */
function find(counts: Float64Array, target: number): number {
  let below = 0
  const found = counts.findIndex((count) => {
    below += count
    return count > 0 && below >= target
  })
  return found === 0 ? 0 : SMALLEST_MS * GROWTH ** (found - 0.5)
}
