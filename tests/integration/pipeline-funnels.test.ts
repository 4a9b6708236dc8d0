import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readDigits } from '../../src/bench/digits.ts'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker } from '../../src/core/broker.ts'
import { openDoor } from '../../src/ingest/door-client.ts'
import { readPipeline } from '../../src/pipeline/read-pipeline.ts'
import type { RunningPipeline } from '../../src/pipeline/running.ts'
import { startPipeline } from '../../src/pipeline/start.ts'
import { noLog } from '../../src/std/log.ts'
import { type KafkaCluster, startKafka } from '../../tools/kafka/cluster.ts'
import { readAll } from '../fixtures/connector/read-all.ts'
import { headerOf } from '../fixtures/connector/rig.ts'
import { needsOwnKafka } from '../fixtures/kafka.ts'
import { until } from '../fixtures/until.ts'

const DIGITS = fileURLToPath(new URL('../../examples/digits', import.meta.url))
const SAMPLES = 300
const POISON = 'poison'
const INGEST_TIME_MAX_MS = 60_000

interface Scene {
  /** Of topics. */
  readonly name: string
  readonly outcomes: 'connector' | 'funnel'
  readonly isolation: 'thread' | 'process'
  /** Broker of the edge's input. */
  readonly input: 'kafka' | 'own'
}

/** The three tiers of the digits, and all answers in one topic. */
function pipelineText({ name, outcomes, isolation, input }: Scene, servers: string): string {
  const bytes = 'datatype: UINT8, shape: [28, 28, 1], scale: 0.00392156862745098'
  const tiers = ['edge', 'fog', 'cloud'].map((tier, index) => {
    const from = index === 0 ? `broker: ${input}, ${bytes}` : 'broker: kafka'
    return `  - name: ${tier}
    model: ${DIGITS}/models/${tier}.keras
    exit: { ${tier === 'cloud' ? '' : 'threshold: 0.99'} }
    input: { topic: ${name}-${tier}, ${from} }
    output: { topic: ${name}-answers, broker: kafka }
    platform: { isolation: ${isolation} }
    outcomes: ${outcomes}\n`
  })
  return `name: ${name}
labels: [zero, one, two, three, four, five, six, seven, eight, nine]
brokers: { kafka: "${servers}", own: "embedded:./${name}" }
tiers:\n${tiers.join('')}`
}

describe('a pipeline whose functions write by funnels', needsOwnKafka(), () => {
  let folder = ''
  let cluster: KafkaCluster
  let kafka: Broker
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fogline-funnels-'))
    cluster = await startKafka()
    kafka = await openBroker(`kafka://${cluster.servers().join()}`)
  })
  after(async () => {
    await kafka?.close()
    await cluster?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (scene: Scene): Promise<RunningPipeline> => {
    const file = join(folder, `${scene.name}.yaml`)
    await writeFile(file, pipelineText(scene, `kafka://${cluster.servers().join()}`))
    const pipeline = await readPipeline(file, { env: {} })
    return startPipeline(pipeline, { port: 0, log: noLog, now: Date.now })
  }

  const send = async (topic: string) => {
    const { images } = await readDigits(DIGITS, SAMPLES)
    const values = [...images, Uint8Array.of(1)]
    await kafka.produce(
      values.map((value, index) => ({
        topic,
        key: Buffer.from(`device-${index % 20}`),
        value,
        headers: [
          ['fogline-id', Buffer.from(index === SAMPLES ? POISON : `digit-${index}`)],
          ['fogline-source', Buffer.from('test')],
          ['fogline-time', Buffer.from('1700000000000')],
          ['foreign', Uint8Array.of(0xff, 0)],
        ],
      })),
    )
  }

  /** What a topic holds, by id: key and headers, and of an answer what it says. */
  const told = async (topic: string) => {
    const records = await readAll(kafka, topic)
    const entries = records.map((record) => {
      const { values, confidence, ...rest } = JSON.parse(Buffer.from(record.value).toString())
      const headers = record.headers.map(([name, bytes]) => [
        name,
        Buffer.from(bytes).toString('hex'),
      ])
      const key = Buffer.from(record.key ?? []).toString()
      return [headerOf(record, 'fogline-id'), { key, headers, rest, values, confidence }] as const
    })
    return { count: records.length, byId: new Map(entries) }
  }

  const finished = async (running: RunningPipeline, count: number) => {
    const tiers = await running.status()
    const sum = tiers.reduce((total, { exits, deadLetters }) => total + exits + deadLetters, 0)
    return sum === count && tiers.every(({ lag, inFlight }) => lag === 0 && inFlight === 0)
  }

  const answersOf = async (outcomes: Scene['outcomes']) => {
    const running = await start({ name: outcomes, outcomes, isolation: 'thread', input: 'kafka' })
    try {
      await send(`${outcomes}-edge`)
      await until(() => finished(running, SAMPLES + 1))
      const letters = await readAll(kafka, `${outcomes}-edge.dlq`)
      const status = await running.status()
      return {
        ...(await told(`${outcomes}-answers`)),
        letters: letters.map((letter) => headerOf(letter, 'fogline-id')),
        counts: status.map(({ exits, forwards, deadLetters }) => [exits, forwards, deadLetters]),
      }
    } finally {
      await running.close()
    }
  }

  it('answers as one whose connectors write', async () => {
    const byConnector = await answersOf('connector')
    const byFunnel = await answersOf('funnel')
    assert.deepEqual([byFunnel.count, byFunnel.letters], [SAMPLES, [POISON]])
    assert.deepEqual([byConnector.count, byConnector.letters], [SAMPLES, [POISON]])
    assert.deepEqual(byFunnel.counts, byConnector.counts)
    assert.ok(byFunnel.counts.every(([exits = 0]) => exits > 0))
    for (const [id, { values, confidence, ...answer }] of byFunnel.byId) {
      const other = byConnector.byId.get(id) ?? assert.fail(`No answer ${id}`)
      assert.deepEqual(answer, { key: other.key, headers: other.headers, rest: other.rest })
      // Batches differ between two runs, and sums of floats with them.
      assert.ok(Math.abs(confidence - other.confidence) < 1e-5)
      for (const [index, value] of values.entries()) {
        assert.ok(Math.abs(value - other.values[index]) < 1e-5)
      }
    }
  })

  it('waits for the Kafka that its functions cannot write to, and loses nothing', async () => {
    const name = 'away'
    const running = await start({ name, outcomes: 'funnel', isolation: 'process', input: 'own' })
    try {
      await cluster.stopBroker(1, 'SIGKILL')
      await ingest(running)
      await until(async () => ((await running.status())[0]?.failedInvocations ?? 0) > 0)
      const [edge] = await running.status()
      assert.deepEqual([edge?.exits, edge?.forwards, edge?.deadLetters], [0, 0, 0])
      await cluster.startBroker(1)
      await until(() => finished(running, SAMPLES))
      const { byId } = await told(`${name}-answers`)
      assert.equal(byId.size, SAMPLES)
    } finally {
      await running.close()
    }
  })
})

async function ingest(running: RunningPipeline): Promise<void> {
  const door = openDoor(running.url)
  const { images } = await readDigits(DIGITS, SAMPLES)
  const signal = AbortSignal.timeout(INGEST_TIME_MAX_MS)
  try {
    await Promise.all(
      images.map(async (body, index) => {
        const headers = { 'content-type': 'application/octet-stream', 'fogline-id': `${index}` }
        assert.equal((await door.ingest('edge', { body, headers }, signal)).status, 202)
      }),
    )
  } finally {
    await door.close()
  }
}
