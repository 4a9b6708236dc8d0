import { fileURLToPath } from 'node:url'
import { withBroker } from '../../src/bench/with-broker.ts'
import { forbidTelemetry } from '../../src/models/telemetry.ts'
import { readPipeline } from '../../src/pipeline/read-pipeline.ts'
import { startPipeline } from '../../src/pipeline/start.ts'
import { textLog } from '../../src/std/log.ts'

/**
 * The edge tier of the digits example on Kafka, over a topic that is full: one process, connector
 * and functions. Prints one JSON line:
 * `edge-tier.ts SERVER INPUT NAME SECONDS [at-least-once|exactly-once]`.
 */
forbidTelemetry(process.env)
const [server = '', input = '', name = '', seconds = '20', guarantee = 'at-least-once'] =
  process.argv.slice(2)

const WARM_UP_MS = 2_000
const ASK_EVERY_MS = 50
const SAMPLE_EVERY_MS = 1_000

const digits = fileURLToPath(new URL('../../examples/digits/fogline.yaml', import.meta.url))
const example = withBroker(await readPipeline(digits), `kafka://${server}`)
const [edge] = example.tiers
if (!edge) throw new Error('The example has no tier')
const tier = {
  ...edge,
  guarantee: guarantee === 'exactly-once' ? ('exactly-once' as const) : ('at-least-once' as const),
  scaling: { ...edge.scaling, minReplicas: 1, maxReplicas: 2 },
  input: { ...edge.input, topic: input },
  output: { ...edge.output, topic: `${name}-output` },
  ...(edge.upper && {
    upper: { ...edge.upper, input: { ...edge.upper.input, topic: `${name}-forwards` } },
  }),
}
const running = await startPipeline(
  { ...example, name, tiers: [tier] },
  { port: 0, log: textLog((line) => process.stderr.write(line), Date.now), now: Date.now },
)

const startMs = performance.now() + WARM_UP_MS
const endMs = startMs + 1_000 * Number(seconds)
let start: { atMs: number; cpu: NodeJS.CpuUsage; count: number } | undefined
let count = 0
const rssMB: number[] = []
let sampledMs = 0
for (;;) {
  const [status] = await running.status()
  count = (status?.exits ?? 0) + (status?.forwards ?? 0)
  const nowMs = performance.now()
  if (!start && nowMs > startMs) start = { atMs: nowMs, cpu: process.cpuUsage(), count }
  if (nowMs - sampledMs > SAMPLE_EVERY_MS) {
    rssMB.push(process.memoryUsage.rss() / 1e6)
    sampledMs = nowMs
  }
  if (nowMs > endMs || (start && status?.lag === 0)) break
  await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
}
const from = start ?? { atMs: 0, cpu: process.cpuUsage(), count: 0 }
const cpu = process.cpuUsage(from.cpu)
process.stdout.write(
  `${JSON.stringify({
    perSecond: (1_000 * (count - from.count)) / (performance.now() - from.atMs),
    cpuMicroseconds: (cpu.user + cpu.system) / (count - from.count),
    peakRssMB: process.resourceUsage().maxRSS / 1_000,
    records: count,
    rssMB,
  })}\n`,
)
await running.close()
process.exit(0)
