import type { LatencyReport } from './latency.ts'
import type { PartsReport } from './parts.ts'
import type { SaturatedReport } from './saturated.ts'

/** All that `npm run bench:path` measures, and where. */
export interface PathMeasurements {
  /** `2026-11-23`. */
  readonly date: string
  readonly machine: string
  readonly commit: string
  readonly saturated: SaturatedReport
  readonly paced: LatencyReport
  readonly cold: LatencyReport
  readonly parts: PartsReport
}

/** The measurements as the Markdown page that docs/bench-path.md is. */
export function pathReport(measured: PathMeasurements): string {
  const { saturated, paced, cold, parts } = measured
  const { date, machine, commit } = measured
  return `# The path of a sample, measured

${date}, ${machine}, commit ${commit}, by \`npm run bench:path\`: the digits example, embedded broker in a folder
(every commit flushed to disk), three tiers, one replica (thread) a tier, everything in one process.
Absolute figures depend on the machine and what else runs on it; shares hold better.

| What | Goal | Measured |
|---|---:|---:|
| Digits a second, ${saturated.digits} in a backlog | >= 5000 | ${saturated.digitsPerSecond.toFixed(0)} |
| CPU a digit, all threads | | ${saturated.cpuMicrosecondsPerDigit.toFixed(0)} us |
| Peak memory (RSS) of the process | <= 200 MB | ${saturated.peakRssMB.toFixed(0)} MB |
| Dead letters | 0 | ${saturated.deadLetters} |
| From send to answer at 10 digits/s, p50 of ${paced.digits} | <= 5 ms | ${paced.p50.toFixed(1)} ms |
| the same, p99 | | ${paced.p99.toFixed(1)} ms |
| First answer after scale to zero, p50 of ${cold.digits} | <= 300 ms | ${cold.p50.toFixed(0)} ms |
| the same, p99 | | ${cold.p99.toFixed(0)} ms |

Each part by itself, median of one call after the other:

| Part | One digit a call | A digit in a batch | Batch |
|---|---:|---:|---:|
| broker: append, durable | ${text(parts.append1)} | ${text(parts.append100)} | 100 |
| broker: read, and settle with an outcome | | ${text(parts.settle128)} | 128 |
| hop: HTTP on loopback | ${text(parts.hop1)} | ${text(parts.hop128 / 128)} | 128 |
${Object.keys(parts.model1)
  .map((tier) => {
    const one = text(parts.model1[tier] ?? 0)
    return `| model: ${tier} | ${one} | ${text(parts.model128[tier] ?? 0)} | 128 |`
  })
  .join('\n')}

A digit that leaves at the edge makes two HTTP calls, into the door and to the replica, is appended once and settled once.
`
}

function text(microseconds: number): string {
  return `${microseconds.toFixed(microseconds < 10 ? 1 : 0)} us`
}
