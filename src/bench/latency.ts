import type { Door } from '../ingest/door.ts'
import { openDoor } from '../ingest/door-client.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { RunningPipeline } from '../pipeline/running.ts'
import { startPipeline } from '../pipeline/start.ts'
import { FoglineError } from '../std/errors.ts'
import { type Histogram, histogram } from '../std/histogram.ts'
import { noLog } from '../std/log.ts'
import type { RunOptions } from './run-options.ts'

/** From just before a digit is sent over HTTP to its answer read from the door, one clock, in ms. */
export interface LatencyReport {
  readonly digits: number
  readonly p50: number
  readonly p99: number
}

const EVERY_MS = 100
/** Until a scaled-down tier is at zero. */
const ASK_EVERY_MS = 20

/** Sends ten digits a second, each to its answer. */
export async function runPaced(pipeline: Pipeline, options: RunOptions): Promise<LatencyReport> {
  return measured(pipeline, options, async ({ roundTrip, latencies }) => {
    // The first digits warm up: compiled code, open connections.
    for (let index = -10; index < options.digits; index++) {
      const latencyMs = await roundTrip()
      if (index >= 0) latencies.add(latencyMs)
      await options.delay(Math.max(0, EVERY_MS - latencyMs), options.signal)
    }
  })
}

/** Sends each digit when no tier has a replica left. */
export async function runCold(pipeline: Pipeline, options: RunOptions): Promise<LatencyReport> {
  return measured(pipeline, options, async ({ running, roundTrip, latencies }) => {
    for (let index = 0; index < options.digits; index++) {
      while ((await running.status()).some((tier) => tier.replicas > 0)) {
        await options.delay(ASK_EVERY_MS, options.signal)
      }
      latencies.add(await roundTrip())
    }
  })
}

interface Measuring {
  readonly running: RunningPipeline
  /** Sends the next digit and waits for its answer; resolves with the milliseconds between. */
  readonly roundTrip: () => Promise<number>
  readonly latencies: Histogram
}

async function measured(
  pipeline: Pipeline,
  options: RunOptions,
  measure: (measuring: Measuring) => Promise<void>,
): Promise<LatencyReport> {
  const running = await startPipeline(pipeline, { port: 0, log: noLog, now: Date.now })
  const door = openDoor(running.url)
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  const answers = waitingRoom()
  const followed = pipeline.tiers.map((tier) =>
    follow(door, { topic: tier.output.topic, signal, onId: answers.arrived }),
  )
  const latencies = histogram()
  let next = 0
  const roundTrip = async () => {
    const id = `digit-${next}`
    const body = options.images[next++ % options.images.length] ?? new Uint8Array()
    const headers = { 'content-type': 'application/octet-stream', 'fogline-id': id }
    const startMs = performance.now()
    const answered = answers.of(id)
    await door.ingest(pipeline.tiers[0]?.name ?? '', { body, headers }, signal)
    return (await answered) - startMs
  }
  try {
    await measure({ running, roundTrip, latencies })
  } finally {
    ended.abort()
    await Promise.all(followed)
    await door.close()
    await running.close()
  }
  const p50 = latencies.quantile(0.5)
  const p99 = latencies.quantile(0.99)
  if (p50 === undefined || p99 === undefined) {
    throw new FoglineError('Cannot report latencies: no digit was sent', { code: 'ERR_ARGUMENT' })
  }
  return { digits: options.digits, p50, p99 }
}

/** Promises of when the answer of an id arrives, in ms of `performance.now`. */
function waitingRoom() {
  const waiting = new Map<string, (atMs: number) => void>()
  return {
    of: (id: string) => new Promise<number>((resolve) => waiting.set(id, resolve)),
    arrived: (id: string) => {
      waiting.get(id)?.(performance.now())
      waiting.delete(id)
    },
  }
}

interface Following {
  readonly topic: string
  readonly signal: AbortSignal
  readonly onId: (id: string) => void
}

async function follow(door: Door, { topic, signal, onId }: Following): Promise<void> {
  try {
    for await (const { headers } of door.records(topic, 'earliest', signal)) {
      onId(headers['fogline-id'] ?? '')
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
