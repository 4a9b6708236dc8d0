import type { Backoff } from '../std/backoff.ts'

/** Bounds of a connector; those about records hold for each partition. */
export interface ConnectorLimits {
  /** Records of one invocation. */
  readonly invocationRecordsMax: number
  /** Bytes of one invocation's tensor; a single larger sample goes alone. */
  readonly invocationSizeBytesMax: number
  /** Invocations at a time. */
  readonly invocationsPerPartitionMax: number
  /** Records taken beyond the committed offset. */
  readonly takenRecordsMax: number
  /** Bytes of records taken and not finished. */
  readonly takenSizeBytesMax: number
  /** Records that are free to go and wait for an invocation. */
  readonly readyRecordsMax: number
  /** Records and bytes of one batch from the broker. */
  readonly batchRecordsMax: number
  readonly batchSizeBytesMax: number
  /** Bytes of outcomes, of all partitions, that wait for a broker. */
  readonly outcomesSizeBytesMax: number
  /** Records of one write. */
  readonly writeRecordsMax: number
  /** Waiting for what is away: the function, a broker. Without limit of attempts. */
  readonly awayBackoff: Backoff
  /** Waiting before a record that failed alone tries again. */
  readonly recordBackoff: Backoff
  /** Identities of finished records that are remembered, to drop duplicates by. */
  readonly recentIdentitiesMax: number
  /** Records before the group's offset that are looked at for their identities, after a restart. */
  readonly lookBackRecords: number
  /** What is in flight in partitions that are taken away has this time to finish. */
  readonly revokeTimeoutMs: number
  /** What is in flight at closing has this time to finish. */
  readonly closeTimeoutMs: number
}

/** The limits of a connector that is not told others. */
export const CONNECTOR_LIMITS: ConnectorLimits = {
  // A call of a function has a fixed cost of a third of a millisecond: half of it a digit in 128.
  invocationRecordsMax: 256,
  // Photographs of 224 x 224 floats come 6 at a time: half a second on a Raspberry Pi.
  invocationSizeBytesMax: 4 * 1024 * 1024,
  // One computes while the other's answer is written.
  invocationsPerPartitionMax: 2,
  // What a member that starts again may have to do again, on brokers that commit one offset.
  takenRecordsMax: 10_000,
  // 3 200 digits: what waits for a record of its key that is tried again, at a thousand a second.
  takenSizeBytesMax: 4 * 1024 * 1024,
  // Two invocations in flight and as many ready, so that none waits for the broker.
  readyRecordsMax: 512,
  batchRecordsMax: 256,
  batchSizeBytesMax: 4 * 1024 * 1024,
  // What may wait while the tier above is away; then this tier waits, too.
  outcomesSizeBytesMax: 32 * 1024 * 1024,
  // A transaction of milliseconds: long enough to pay, short enough to wait for.
  writeRecordsMax: 1_024,
  awayBackoff: { baseMs: 50, maxMs: 5_000 },
  // Five attempts take about a second and a half: a replica is replaced by then.
  recordBackoff: { baseMs: 200, maxMs: 2_000 },
  // Twice what a tier below may do again after a crash; 2.5 MB a partition at most.
  recentIdentitiesMax: 20_000,
  // What a tier below writes again is what it had written and not committed: one write, or two.
  lookBackRecords: 2_048,
  // The Kafka adapter waits 3 s, and no group's session is shorter.
  revokeTimeoutMs: 2_500,
  // Kubernetes kills after 30 s; the functions drain after us.
  closeTimeoutMs: 10_000,
}
