import type { ScalingRule } from '../core/platform.ts'

/** What a function has to do at the moment, and with what. */
export interface Load {
  /** Available and starting. */
  readonly replicas: number
  /** Replicas that were idle for `idleTimeoutMs` or more; only those may end. */
  readonly idleReplicas: number
  /** Invocations at replicas. */
  readonly inFlight: number
  /** Invocations that wait for a replica. */
  readonly queued: number
}

/** How many replicas the load asks for: more at once, fewer only by those that idled long enough. */
export function desiredReplicas(load: Load, rule: ScalingRule): number {
  const needed = Math.ceil((load.inFlight + load.queued) / rule.targetConcurrency)
  const least = Math.min(Math.max(needed, rule.minReplicas), rule.maxReplicas)
  return Math.max(least, load.replicas - load.idleReplicas)
}
