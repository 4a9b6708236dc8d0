/** What happened to a function since it was first deployed. */
export interface Counters {
  /** Invocations that waited for a replica to start. */
  coldStarts: number
  /** How long the latest of them waited. */
  coldStartMs: number | undefined
  /** Replicas that ended without having been asked to. */
  crashes: number
  /** Invocations that got no answer within the function's time. */
  timeouts: number
}

/** Counters at their start. */
export function newCounters(): Counters {
  return { coldStarts: 0, coldStartMs: undefined, crashes: 0, timeouts: 0 }
}
