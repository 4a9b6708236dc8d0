import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBroker } from '../brokers/open.ts'
import type { Door, DoorRecord } from '../ingest/door.ts'
import { openDoor } from '../ingest/door-client.ts'
import { deadLetterTopic, type Pipeline } from '../pipeline/pipeline.ts'
import { readPipeline } from '../pipeline/read-pipeline.ts'
import { startPipeline } from '../pipeline/start.ts'
import { topicsByBroker } from '../pipeline/topics.ts'
import { FoglineError } from '../std/errors.ts'
import { noLog } from '../std/log.ts'
import { runDevices } from './devices.ts'
import { type Digits, readDigits } from './digits.ts'
import { openLedger, type Tally } from './ledger.ts'
import { renamed, withBroker } from './with-broker.ts'

/** What the demo did. */
export interface DemoReport {
  readonly devices: number
  /** What its topics on Kafka begin with: they stay there; absent on the embedded broker. */
  readonly topics?: string
  /** Sent. */
  readonly digits: number
  readonly answers: number
  readonly deadLetters: number
  /** From the first digit sent to the last answer. */
  readonly durationMs: number
  readonly tiers: readonly Tally[]
  readonly all: Tally
}

/** What to demonstrate. */
export interface DemoOptions {
  /** With fogline.yaml, digits.u8 and labels.u8. */
  readonly folder: string
  readonly digits: number
  /** `HOST:PORT` of a Kafka cluster that takes the topics; an embedded broker of its own if absent. */
  readonly kafka?: string | undefined
  readonly onProgress: (done: number, total: number) => void
  readonly signal: AbortSignal
}

const DEVICES = 3
/** Two orders of magnitude above what a laptop needs. */
const TIME_MAX_MS = 120_000

/** Sends digits through the three tiers of the example, on topics of its own. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const digits = await readDigits(options.folder, options.digits)
  const example = await readPipeline(join(options.folder, 'fogline.yaml'))
  if (options.kafka !== undefined) {
    const name = `fogline-demo-${randomBytes(4).toString('hex')}`
    const pipeline = renamed(withBroker(example, `kafka://${options.kafka}`), name)
    await createTopics(pipeline)
    return { ...(await runOn(pipeline, { options, digits })), topics: name }
  }
  const data = await mkdtemp(join(tmpdir(), 'fogline-demo-'))
  try {
    return await runOn(withBroker(example, `embedded:${data}`), { options, digits })
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

/** A pipeline waits for a broker that is away; who runs a demo wants to know at once. */
async function createTopics(pipeline: Pipeline): Promise<void> {
  for (const [address, topics] of topicsByBroker(pipeline)) {
    const broker = await openBroker(address)
    await broker.ensure(topics).finally(() => broker.close())
  }
}

async function runOn(
  pipeline: Pipeline,
  { options, digits }: Omit<Demonstration, 'pipeline'>,
): Promise<DemoReport> {
  const running = await startPipeline(pipeline, { port: 0, log: noLog, now: Date.now })
  const door = openDoor(running.url)
  try {
    return await demonstrate(door, { options, pipeline, digits })
  } finally {
    await door.close()
    await running.close()
  }
}

interface Demonstration {
  readonly options: DemoOptions
  readonly pipeline: Pipeline
  readonly digits: Digits
}

async function demonstrate(
  door: Door,
  { options, pipeline, digits }: Demonstration,
): Promise<DemoReport> {
  const total = digits.images.length
  const ledger = openLedger(digits.labels, () => performance.now())
  const enough = new AbortController()
  const late = AbortSignal.timeout(TIME_MAX_MS)
  const signal = AbortSignal.any([options.signal, enough.signal, late])
  const take = (act: (record: DoorRecord) => void) => (record: DoorRecord) => {
    act(record)
    options.onProgress(ledger.settled(), total)
    if (ledger.settled() === total) enough.abort()
  }
  const startMs = performance.now()
  const { name } = pipeline.tiers[0] ?? { name: '' }
  const onSend = (index: number) => ledger.send(index)
  const samples = digits.images
  await Promise.all([
    runDevices({ door, tier: name, samples, devices: DEVICES, onSend, signal }),
    ...pipeline.tiers.flatMap((tier) => [
      follow(door, { topic: tier.output.topic, signal, take: take(answerOf(ledger, tier.name)) }),
      follow(door, {
        topic: deadLetterTopic(tier.input.topic),
        signal,
        take: take(({ headers }) => ledger.bury(headers['fogline-id'] ?? '')),
      }),
    ]),
  ])
  if (late.aborted) throw tooLate(ledger.settled(), total)
  return {
    devices: DEVICES,
    digits: total,
    answers: ledger.tally().answers,
    deadLetters: ledger.deadLetters,
    durationMs: performance.now() - startMs,
    tiers: pipeline.tiers.map((tier) => ledger.tally(tier.name)),
    all: ledger.tally(),
  }
}

function answerOf(ledger: ReturnType<typeof openLedger>, tier: string) {
  return ({ value }: DoorRecord) => {
    const { id, class: predicted } = value as { readonly id: string; readonly class: unknown }
    ledger.answer(tier, id, predicted)
  }
}

interface Following {
  readonly topic: string
  readonly signal: AbortSignal
  readonly take: (record: DoorRecord) => void
}

async function follow(door: Door, { topic, signal, take }: Following): Promise<void> {
  try {
    for await (const record of door.records(topic, 'earliest', signal)) take(record)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function tooLate(settled: number, total: number): FoglineError {
  return new FoglineError(
    `Cannot finish the demo: ${settled} of ${total} digits are answered after ${TIME_MAX_MS} ms`,
    { code: 'ERR_TIMEOUT' },
  )
}
