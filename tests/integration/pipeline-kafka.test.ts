import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readDigits } from '../../src/bench/digits.ts'
import { openDoor } from '../../src/ingest/door-client.ts'
import { readPipeline } from '../../src/pipeline/read-pipeline.ts'
import type { RunningPipeline } from '../../src/pipeline/running.ts'
import { startPipeline } from '../../src/pipeline/start.ts'
import { messageOf } from '../../src/std/errors.ts'
import { textLog } from '../../src/std/log.ts'
import { type KafkaCluster, startKafka } from '../../tools/kafka/cluster.ts'
import { KAFKA_USER, type ListenerName } from '../../tools/kafka/security.ts'
import { needsOwnKafka } from '../fixtures/kafka.ts'
import { until } from '../fixtures/until.ts'

const DIGITS = fileURLToPath(new URL('../../examples/digits', import.meta.url))
const SAMPLES = 300
/** The listeners for strangers allow nothing to the user whom they know. */
const SETTINGS = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

const state = { folder: '', log: [] as string[], names: 0 }
let cluster: KafkaCluster

/** The three tiers of the digits, on these brokers; topics and groups are those of `name` alone. */
function pipelineText(name: string, brokers: readonly string[]): string {
  const tiers = ['edge', 'fog', 'cloud'].map((tier, index) => {
    const broker = JSON.stringify(brokers[index])
    const bytes = 'datatype: UINT8, shape: [28, 28, 1], scale: 0.00392156862745098'
    const input = `{ broker: ${broker}, topic: ${name}-${tier}, ${index === 0 ? bytes : 'partitions: 4'} }`
    return `  - { name: ${tier}, model: ${DIGITS}/models/${tier}.keras, input: ${input}, output: { topic: ${name}-answers-${tier} }, exit: { ${tier === 'cloud' ? '' : 'threshold: 0.99'} } }\n`
  })
  return `name: ${name}\ntiers:\n${tiers.join('')}`
}

interface Run {
  readonly tiers?: readonly string[]
  readonly slot?: number
  readonly env?: Readonly<Record<string, string>>
}

async function run(text: string, { tiers = [], slot = 0, env = {} }: Run = {}) {
  const file = join(state.folder, `${++state.names}.yaml`)
  await writeFile(file, text)
  const log = textLog((line) => state.log.push(line), Date.now)
  const pipeline = await readPipeline(file, { tiers, env })
  return startPipeline(pipeline, { port: 0, slot, log, now: Date.now })
}

async function send(running: RunningPipeline): Promise<void> {
  const door = openDoor(running.url)
  const signal = AbortSignal.timeout(60_000)
  try {
    const { images } = await readDigits(DIGITS, SAMPLES)
    await Promise.all(
      images.map(async (body, index) => {
        const headers = {
          'content-type': 'application/octet-stream',
          'fogline-id': `digit-${index}`,
          'fogline-key': `device-${index % 20}`,
        }
        assert.equal((await door.ingest('edge', { body, headers }, signal)).status, 202)
      }),
    )
  } finally {
    await door.close()
  }
}

/** What all tiers of some processes have done together. */
async function total(all: readonly RunningPipeline[], what: 'exits' | 'forwards' | 'deadLetters') {
  const tiers = await Promise.all(all.map((one) => one.status()))
  return tiers.flat().reduce((sum, tier) => sum + tier[what], 0)
}

const servers = (listener: ListenerName) => `kafka://${cluster.servers(listener).join()}`

describe('a pipeline on Kafka', needsOwnKafka(), () => {
  before(async () => {
    state.folder = await mkdtemp(join(tmpdir(), 'fogline-kafka-'))
    cluster = await startKafka({ listeners: ['plain', 'sasl', 'tls'], settings: SETTINGS })
  })
  after(async () => {
    await cluster?.close()
    await rm(state.folder, { recursive: true, force: true })
  })

  it('answers each digit once, a tier in two processes and the others in a third', async () => {
    const text = pipelineText('apart', Array(3).fill(servers('plain')))
    const running = [
      await run(text, { tiers: ['edge'], slot: 0 }),
      await run(text, { tiers: ['edge'], slot: 1 }),
      await run(text, { tiers: ['fog', 'cloud'] }),
    ]
    try {
      await send(running[1] ?? assert.fail())
      await until(async () => (await total(running, 'exits')) >= SAMPLES)
      assert.equal(await total(running, 'exits'), SAMPLES)
      assert.equal(await total(running, 'deadLetters'), 0)
      const [first, second] = await Promise.all(running.map((one) => one.status()))
      assert.ok((first?.[0]?.in ?? 0) > 0 && (second?.[0]?.in ?? 0) > 0)
    } finally {
      await Promise.all(running.map((one) => one.close()))
    }
  })

  const env = { RIGHT: KAFKA_USER.password, WRONG: 'hunter2' }
  const user = `username: ${KAFKA_USER.username}`
  const faults: readonly (readonly [string, ListenerName, string, RegExp])[] = [
    [
      'a topic is missing and must not be created',
      'plain',
      'create: false',
      /"x\d+-edge".* missing/,
    ],
    [
      'a password is wrong',
      'sasl',
      `sasl: { mechanism: plain, ${user}, password: { env: WRONG } }`,
      /Invalid username or password/,
    ],
    [
      'a password is wrong (SCRAM)',
      'sasl',
      `sasl: { mechanism: scram-sha-512, ${user}, password: { env: WRONG } }`,
      /invalid credentials/,
    ],
    [
      'the user may not see the topics',
      'sasl',
      `sasl: { mechanism: scram-sha-256, ${user}, password: { env: RIGHT } }`,
      /TOPIC_AUTHORIZATION_FAILED/,
    ],
    ['a certificate is not trusted', 'tls', 'tls: true', /unable to verify the first certificate/],
  ]
  for (const [what, listener, settings, cause] of faults) {
    it(`does not start where ${what}, and says so`, async () => {
      const name = `x${state.names}`
      const text = pipelineText(name, ['b', 'b', 'b'])
      const broker = `brokers: { b: { address: "${servers(listener)}", ${settings} } }\n`
      await assert.rejects(run(broker + text, { env }), (error) => {
        const message = messageOf(error)
        assert.match(message, cause)
        assert.ok(message.includes(cluster.servers(listener).join()), message)
        return true
      })
      assert.doesNotMatch(state.log.join(''), /hunter2|correct horse/)
    })
  }

  it('starts though the cluster above is away; forwards wait for it, exits do not', async () => {
    const text = pipelineText('away', ['here', servers('plain'), servers('plain')])
    await cluster.stopBroker(1, 'SIGKILL')
    const broker = `brokers: { here: "embedded:./here" }\n`
    const running = await run(broker + text)
    try {
      await send(running)
      await until(async () => {
        const [edge] = await running.status()
        return edge?.in === SAMPLES && edge.exits + edge.inFlight === SAMPLES
      })
      const [edge, fog] = await running.status()
      assert.ok((edge?.exits ?? 0) > SAMPLES / 2, `${edge?.exits} exits`)
      assert.deepEqual([edge?.forwards, fog?.consuming, fog?.lag], [0, false, undefined])
      await cluster.startBroker(1)
      await until(async () => (await total([running], 'exits')) >= SAMPLES)
      assert.equal(await total([running], 'exits'), SAMPLES)
      assert.equal((await running.status())[1]?.lag, 0)
    } finally {
      await running.close()
    }
  })
})
