import type { Context } from './context.ts'
import type { Lane } from './lane.ts'
import type { ConnectorLimits } from './limits.ts'

/** Above it, a partition that was full takes no more records yet; so it does not flap. */
const LOW_SHARE = 0.5

/** A lane and whether some of its records are tried again: then others of their keys wait for them. */
export interface Filling {
  readonly lane: Lane
  readonly isRetrying: boolean
}

/** Whether a lane has so much that the broker shall give no more. */
export function isFull(filling: Filling, limits: ConnectorLimits): boolean {
  return fill(filling, limits) >= 1
}

/** Whether a lane, once full, has room enough again. */
export function isLow(filling: Filling, limits: ConnectorLimits): boolean {
  return fill(filling, limits) < LOW_SHARE
}

function fill({ lane, isRetrying }: Filling, limits: ConnectorLimits): number {
  // One more batch may come after the pause, and one write's records count as finished already.
  const margin = limits.batchRecordsMax + limits.writeRecordsMax
  return Math.max(
    // What waits for a record that is tried again must not hold up other keys; else it is soon free.
    (isRetrying ? lane.readyCount : lane.waitingCount) / limits.readyRecordsMax,
    lane.run.beyond / Math.max(1, limits.takenRecordsMax - margin),
    lane.sizeBytes / limits.takenSizeBytesMax,
  )
}

/** Records of one invocation, at most: as many as its bytes allow, at least one. */
export function recordsMax({ limits, wiring }: Context): number {
  const fitting = Math.floor(limits.invocationSizeBytesMax / wiring.input.decoder.sampleSizeBytes)
  return Math.max(1, Math.min(limits.invocationRecordsMax, fitting))
}
