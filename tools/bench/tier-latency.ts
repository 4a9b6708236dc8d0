import { fileURLToPath } from 'node:url'
import { readDigits } from '../../src/bench/digits.ts'
import { withBroker } from '../../src/bench/with-broker.ts'
import { openBroker } from '../../src/brokers/open.ts'
import { HEADERS, headerText } from '../../src/core/headers.ts'
import { forbidTelemetry } from '../../src/models/telemetry.ts'
import { readPipeline } from '../../src/pipeline/read-pipeline.ts'
import { startPipeline } from '../../src/pipeline/start.ts'
import { textLog } from '../../src/std/log.ts'

/**
 * From producing a digit to reading its answer at 50 a second: the edge model as the only tier, in
 * one process with its device and its reader, one clock. Prints the sorted times in ms as JSON:
 * `tier-latency.ts SERVER NAME SECONDS`.
 */
forbidTelemetry(process.env)
const [server = '', name = '', seconds = '20'] = process.argv.slice(2)
const PER_SECOND = 50

const folder = fileURLToPath(new URL('../../examples/digits', import.meta.url))
const example = withBroker(await readPipeline(`${folder}/fogline.yaml`), `kafka://${server}`)
const { images } = await readDigits(folder, 1_000)
const [edge] = example.tiers
if (!edge) throw new Error('The example has no tier')
const { upper: _, exit: __, ...alone } = edge
const tier = {
  ...alone,
  scaling: { ...edge.scaling, minReplicas: 1, maxReplicas: 1 },
  input: { ...edge.input, topic: `${name}-input` },
  output: { ...edge.output, topic: `${name}-output` },
}
const running = await startPipeline(
  { ...example, name, tiers: [tier] },
  { port: 0, log: textLog((line) => process.stderr.write(line), Date.now), now: Date.now },
)
const broker = await openBroker(`kafka://${server}`)
const times: number[] = []
const ended = new AbortController()
const reading = (async () => {
  for await (const { headers } of broker.read(tier.output.topic, 'latest', ended.signal)) {
    times.push(performance.now() - Number(headerText(headers, HEADERS.id)))
  }
})()
await new Promise((resolve) => setTimeout(resolve, 1_000))
for (let sent = 0; sent < PER_SECOND * Number(seconds); sent++) {
  const id = Buffer.from(String(performance.now()))
  const value = images[sent % images.length] ?? new Uint8Array()
  await broker.produce([{ topic: tier.input.topic, value, headers: [[HEADERS.id, id]] }])
  await new Promise((resolve) => setTimeout(resolve, 1_000 / PER_SECOND))
}
await new Promise((resolve) => setTimeout(resolve, 500))
ended.abort()
await reading
process.stdout.write(`${JSON.stringify(times.toSorted((a, b) => a - b))}\n`)
await broker.close()
await running.close()
process.exit(0)
