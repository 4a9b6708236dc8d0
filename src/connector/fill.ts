import type { Context } from './context.ts'
import type { Lane } from './lane.ts'
import type { ConnectorLimits } from './limits.ts'

/** Above it, a partition that was full takes no more records yet; so it does not flap. */
const LOW_SHARE = 0.5

/** Whether `lane` has so much that the broker shall give no more. */
export function isFull(lane: Lane, limits: ConnectorLimits): boolean {
  return fill(lane, limits) >= 1
}

/** Whether `lane`, once full, has room enough again. */
export function isLow(lane: Lane, limits: ConnectorLimits): boolean {
  return fill(lane, limits) < LOW_SHARE
}

function fill(lane: Lane, limits: ConnectorLimits): number {
  // One more batch may come after the pause, and one write's records count as finished already.
  const margin = limits.batchRecordsMax + limits.writeRecordsMax
  return Math.max(
    lane.readyCount / limits.readyRecordsMax,
    lane.run.beyond / Math.max(1, limits.takenRecordsMax - margin),
    lane.sizeBytes / limits.takenSizeBytesMax,
  )
}

/** Records of one invocation, at most: as many as its bytes allow, at least one. */
export function recordsMax({ limits, wiring }: Context): number {
  const fitting = Math.floor(limits.invocationSizeBytesMax / wiring.input.decoder.sampleSizeBytes)
  return Math.max(1, Math.min(limits.invocationRecordsMax, fitting))
}
