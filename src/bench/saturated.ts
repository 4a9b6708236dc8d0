import { openBroker } from '../brokers/open.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { TierStatus } from '../pipeline/running.ts'
import { startPipeline } from '../pipeline/start.ts'
import { topicsByBroker } from '../pipeline/topics.ts'
import { noLog } from '../std/log.ts'
import type { RunOptions } from './run-options.ts'

/** A run over a backlog. */
export interface SaturatedReport {
  readonly digits: number
  /** Answered digits a second, between the first and the last tenth. */
  readonly digitsPerSecond: number
  /** CPU time of the whole process, all threads, over the same digits. */
  readonly cpuMicrosecondsPerDigit: number
  /** Of the whole process, replicas included, in MB (10^6 bytes). */
  readonly peakRssMB: number
  readonly deadLetters: number
}

/** Devices whose digits keep their order. */
const KEYS = 20
const APPEND_RECORDS = 500
const ASK_EVERY_MS = 10

/** Fills the first tier's topic, then measures how fast the pipeline empties it. */
export async function runSaturated(
  pipeline: Pipeline,
  options: RunOptions,
): Promise<SaturatedReport> {
  await fill(pipeline, options)
  const running = await startPipeline(pipeline, { port: 0, log: noLog, now: Date.now })
  try {
    const reach = async (share: number) => {
      for (;;) {
        const tiers = await running.status()
        const done = settled(tiers)
        if (done >= share * options.digits) {
          return { done, tiers, atMs: performance.now(), cpu: process.cpuUsage() }
        }
        await options.delay(ASK_EVERY_MS, options.signal)
      }
    }
    const start = await reach(0.1)
    const end = await reach(0.9)
    const { tiers } = await reach(1)
    const cpu = process.cpuUsage(start.cpu)
    const digits = end.done - start.done
    return {
      digits: options.digits,
      digitsPerSecond: (1000 * digits) / (end.atMs - start.atMs),
      cpuMicrosecondsPerDigit: (cpu.user + cpu.system) / (options.digits - start.done),
      peakRssMB: process.resourceUsage().maxRSS / 1000,
      deadLetters: tiers.reduce((sum, tier) => sum + tier.deadLetters, 0),
    }
  } finally {
    await running.close()
  }
}

function settled(tiers: readonly TierStatus[]): number {
  return tiers.reduce((sum, tier) => sum + tier.exits + tier.deadLetters, 0)
}

async function fill(pipeline: Pipeline, { images, digits }: RunOptions): Promise<void> {
  const [first] = pipeline.tiers
  if (!first) return
  const broker = await openBroker(first.input.broker)
  try {
    await broker.ensure(topicsByBroker(pipeline).get(first.input.broker) ?? [])
    for (let start = 0; start < digits; start += APPEND_RECORDS) {
      const count = Math.min(APPEND_RECORDS, digits - start)
      await broker.produce(
        Array.from({ length: count }, (_, at) => ({
          topic: first.input.topic,
          key: Buffer.from(`device-${(start + at) % KEYS}`),
          value: images[(start + at) % images.length] ?? new Uint8Array(),
          headers: [],
        })),
      )
    }
  } finally {
    await broker.close()
  }
}
