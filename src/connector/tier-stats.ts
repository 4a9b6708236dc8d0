import { histogram } from '../std/histogram.ts'

/** What a tier's connector has done since it started. */
export interface TierStats {
  /** Whether it is a member of its group now. */
  readonly consuming: boolean
  /** Records taken. */
  readonly in: number
  /** Outcomes that are durable, by kind. */
  readonly exits: number
  readonly forwards: number
  readonly deadLetters: number
  /** Records whose identity was finished before: committed, and nothing more. */
  readonly duplicates: number
  readonly invocations: number
  /** Invocations that failed; what they held was, or will be, tried again or given up. */
  readonly failedInvocations: number
  /** Writes to brokers that failed and were tried again. */
  readonly failedWrites: number
  /** Records taken whose outcome is not durable yet. */
  readonly inFlight: number
  /** From `fogline-time` to the durable outcome; absent before the first. Two machines, two clocks. */
  readonly latencyMsP50?: number | undefined
  readonly latencyMsP99?: number | undefined
}

/** What became of a record. */
export type OutcomeKind = 'exit' | 'forward' | 'dead-letter' | 'duplicate'

/** Counts what a connector does. */
export interface TierCounters {
  consuming: boolean
  in: number
  inFlight: number
  invocations: number
  failedInvocations: number
  failedWrites: number
  /** Counts an outcome that has become durable, so long after the sample was sent. */
  settled(kind: OutcomeKind, latencyMs: number): void
  stats(): TierStats
}

/** Counters at zero. */
export function tierCounters(): TierCounters {
  const outcomes = { exit: 0, forward: 0, 'dead-letter': 0, duplicate: 0 }
  const latencies = histogram()
  const counters: TierCounters = {
    consuming: false,
    in: 0,
    inFlight: 0,
    invocations: 0,
    failedInvocations: 0,
    failedWrites: 0,
    settled: (kind, latencyMs) => {
      outcomes[kind]++
      counters.inFlight--
      if (kind !== 'duplicate') latencies.add(latencyMs)
    },
    stats: () => ({
      consuming: counters.consuming,
      in: counters.in,
      exits: outcomes.exit,
      forwards: outcomes.forward,
      deadLetters: outcomes['dead-letter'],
      duplicates: outcomes.duplicate,
      invocations: counters.invocations,
      failedInvocations: counters.failedInvocations,
      failedWrites: counters.failedWrites,
      inFlight: counters.inFlight,
      latencyMsP50: latencies.quantile(0.5),
      latencyMsP99: latencies.quantile(0.99),
    }),
  }
  return counters
}
