import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { forbidTelemetry } from '../models/telemetry.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { readPipeline } from '../pipeline/read-pipeline.ts'
import { realDelay } from '../std/delay.ts'
import { readDigits } from './digits.ts'
import { runCold, runPaced } from './latency.ts'
import { measureParts } from './parts.ts'
import { pathReport } from './path-report.ts'
import { runSaturated } from './saturated.ts'
import { withBroker } from './with-broker.ts'

/** Replicas of each tier for a measurement. */
function withScaling(pipeline: Pipeline, scaling: Partial<Pipeline['tiers'][0]['scaling']>) {
  const tiers = pipeline.tiers.map((tier) => ({
    ...tier,
    scaling: { ...tier.scaling, ...scaling },
  }))
  return { ...pipeline, tiers }
}

forbidTelemetry(process.env)
const digitsFolder = fileURLToPath(new URL('../../examples/digits', import.meta.url))
const data = await mkdtemp(join(tmpdir(), 'fogline-bench-'))
const signal = AbortSignal.timeout(300_000)
const shared = { delay: realDelay, signal }
const example = await readPipeline(join(digitsFolder, 'fogline.yaml'))
const { images } = await readDigits(digitsFolder, 1000)
const one = (name: string, minReplicas: number, idleTimeoutMs: number) =>
  withScaling(withBroker(example, `embedded:${join(data, name)}`), {
    minReplicas,
    maxReplicas: 1,
    idleTimeoutMs,
  })

try {
  // In this order: the peak of memory is the process' own, so the saturated run comes first.
  const saturated = await runSaturated(one('saturated', 1, 60_000), {
    ...shared,
    images,
    digits: 40_000,
  })
  const paced = await runPaced(one('paced', 1, 60_000), { ...shared, images, digits: 200 })
  const cold = await runCold(one('cold', 0, 200), { ...shared, images, digits: 20 })
  const models = Object.fromEntries(example.tiers.map(({ name, model }) => [name, model]))
  const parts = await measureParts({
    folder: join(data, 'parts'),
    models,
    image: images[0] ?? new Uint8Array(),
  })
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`
  const date = new Date().toISOString().slice(0, 10)
  process.stdout.write(pathReport({ date, machine, commit, saturated, paced, cold, parts }))
} finally {
  await rm(data, { recursive: true, force: true })
}
