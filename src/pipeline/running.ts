import type { TierStats } from '../connector/tier-stats.ts'

/** A pipeline at work. */
export interface RunningPipeline {
  readonly name: string
  /** Of the door, without a trailing slash: `http://127.0.0.1:8470`. */
  readonly url: string
  /** Every tier as it is now, from the data upward; does not reject, whatever is away. */
  status(): Promise<readonly TierStatus[]>
  /** Finishes what is in flight within a bound, then ends connectors, door, functions, brokers. */
  close(): Promise<void>
}

/** A tier in numbers. */
export interface TierStatus extends TierStats {
  readonly tier: string
  /** Records of its input topic that are not committed; undefined while its broker does not answer. */
  readonly lag: number | undefined
  /** Of its function. */
  readonly replicas: number
  readonly availableReplicas: number
  /** Invocations that waited for a replica to start. */
  readonly coldStarts: number
  /** Of the latest cold start; absent before the first. */
  readonly coldStartMs?: number
}
