import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker } from '../../src/core/broker.ts'
import { startKafka } from '../../tools/kafka/cluster.ts'
import { readAll } from '../fixtures/connector/read-all.ts'
import { headerOf } from '../fixtures/connector/rig.ts'
import { startFunction, startProgram } from '../fixtures/functions/program.ts'
import { kafkaServer, needsOwnKafka } from '../fixtures/kafka.ts'
import { prototypeConnector } from '../fixtures/prototype/connector.ts'
import { prototypeFunnel } from '../fixtures/prototype/funnel.ts'
import { prototypeInference } from '../fixtures/prototype/inference.ts'
import { predictTwoOutputs, writeTwoOutputs } from '../fixtures/prototype/two-outputs.ts'
import { until } from '../fixtures/until.ts'

type Part = 'connector' | 'inference' | 'funnel'

interface InferenceParts {
  readonly exit: { readonly url: string }
  readonly next: { readonly url: string }
  readonly isOurs: boolean
}

interface ConnectorParts {
  readonly topic: string
  readonly url: string
  readonly isOurs: boolean
}

const server = kafkaServer()
const CONFIDENCE = 0.65
const COUNT = 40

/** As the prototype's devices write them: with a batch of one. */
const VALUES = ['[[0.875, 0.125]]', '[[0.5, 0.5]]', '[[0.25, 0.75]]'] as const

describe('the prototype', needsOwnKafka(), () => {
  let broker: Broker
  let folder = ''
  before(async () => {
    broker = await openBroker(`kafka://${await server()}`)
    await broker.ensure([{ name: 'first', partitions: 1 }])
    folder = await mkdtemp(join(tmpdir(), 'fogline-prototype-'))
    await writeTwoOutputs(join(folder, 'edge.onnx'))
  })
  after(async () => {
    await broker.close()
    await rm(folder, { recursive: true })
  })

  const topicsOf = async () => {
    const prefix = `fission.inference-${randomUUID()}`
    const [input, exit, next] = ['edge-input', 'edge-output', 'fog-input'].map(
      (name) => `${prefix}.${name}`,
    ) as [string, string, string]
    await broker.ensure([input, exit, next].map((name) => ({ name, partitions: 1 })))
    return { input, exit, next }
  }

  const funnel = async (test: TestContext, topic: string, ours?: 'ours' | { servers: string }) => {
    if (!ours) return prototypeFunnel(test, { broker, topic })
    const servers = ours === 'ours' ? await server() : ours.servers
    const producer = { bootstrap_servers: servers.split(','), acks: 1 }
    return startFunction(test, {
      path: 'functions/funnel.main.ts',
      env: {
        FUNNEL_TOPIC: topic,
        FUNNEL_PRODUCER: JSON.stringify(producer),
        FOGLINE_TIMEOUT_MS: '2000',
      },
    })
  }

  const inference = async (test: TestContext, { exit, next, isOurs }: InferenceParts) => {
    if (!isOurs) {
      return prototypeInference(test, {
        predict: predictTwoOutputs,
        exitUrl: exit.url,
        next: { url: next.url, confidence: CONFIDENCE },
      })
    }
    return startFunction(test, {
      path: 'functions/inference.main.ts',
      env: {
        MODEL: join(folder, 'edge.onnx'),
        EXIT_URL: exit.url,
        NEXT_URL: next.url,
        NEXT_CONFIDENCE: String(CONFIDENCE),
      },
    })
  }

  /** Starts the connector of `topic`; what it gives ends it. */
  const connector = async (test: TestContext, { topic, url, isOurs }: ConnectorParts) => {
    if (!isOurs) {
      const double = await prototypeConnector({ broker, topic, url })
      return () => double.close()
    }
    const path = join(folder, `${topic}.json`)
    const config = {
      brokers: (await server()).split(','),
      topic,
      groupid: `group-${topic}`,
      concurrency: 4096,
      callback: { url, options: { method: 'POST', keepalive: true } },
    }
    await writeFile(path, JSON.stringify(config))
    const env = { KAFKAC_CONFIG: path }
    const child = startProgram(test, { path: 'connector/connector.main.ts', env })
    return async () => {
      child.kill('SIGTERM')
      assert.deepEqual(await once(child, 'exit'), [0, null])
    }
  }

  const send = async (topic: string) => {
    const sent = Array.from({ length: COUNT }, (_, index) => ({
      key: randomUUID(),
      value: VALUES[index % VALUES.length] ?? '',
      time: `${1_700_000_000 + index}.5`,
    }))
    await broker.produce(
      sent.map(({ key, value, time }) => ({
        topic,
        key: Buffer.from(key),
        value: Buffer.from(value),
        headers: [['X-INFERENCE-TS', Buffer.from(time)]],
      })),
    )
    return sent
  }

  const received = async (topic: string, from = broker) =>
    (await readAll(from, topic)).map((record) => ({
      key: Buffer.from(record.key ?? []).toString(),
      value: Buffer.from(record.value).toString(),
      time: headerOf(record, 'X-INFERENCE-TS'),
    }))

  for (const ours of [
    ['connector'],
    ['inference'],
    ['funnel'],
    ['connector', 'inference', 'funnel'],
  ] as const) {
    it(`goes on with our ${ours.join(', ')} in its place`, async (test) => {
      const isOurs = (part: Part) => ours.some((one) => one === part)
      const { input, exit, next } = await topicsOf()
      const [exits, nexts] = await Promise.all([
        funnel(test, exit, isOurs('funnel') ? 'ours' : undefined),
        funnel(test, next, isOurs('funnel') ? 'ours' : undefined),
      ])
      const { url } = await inference(test, {
        exit: exits,
        next: nexts,
        isOurs: isOurs('inference'),
      })
      const close = await connector(test, { topic: input, url, isOurs: isOurs('connector') })
      const sent = await send(input)
      await until(async () => {
        return (await received(exit)).length + (await received(next)).length >= COUNT
      })
      await close()
      const answers = new Map<string, (typeof sent)[number]>(sent.map((one) => [one.key, one]))
      const outputs = [...(await received(exit)), ...(await received(next))]
      assert.equal(outputs.length, COUNT)
      for (const { key, value, time } of outputs) {
        const from = answers.get(key)
        assert.equal(time, from?.time)
        const expected = from?.value === '[[0.5, 0.5]]' ? '[[1.0, 1.0]]' : from?.value
        if (isOurs('inference') && isOurs('funnel')) assert.equal(value, expected)
        assert.deepEqual(JSON.parse(value), JSON.parse(expected ?? ''))
      }
      assert.equal(
        (await received(next)).length,
        sent.filter(({ value }) => value === VALUES[1]).length,
      )
    })
  }

  it("loses nothing by our connector and funnel while the funnel's broker is away", async (test) => {
    const cluster = await startKafka()
    const servers = cluster.servers().join()
    const away = await openBroker(`kafka://${servers}`)
    try {
      const { input, exit, next } = await topicsOf()
      const exits = await funnel(test, exit, { servers })
      const nexts = await funnel(test, next)
      const { url } = await inference(test, { exit: exits, next: nexts, isOurs: false })
      await away.ensure([{ name: exit, partitions: 1 }])
      await cluster.stopBroker(1, 'SIGKILL')
      const close = await connector(test, { topic: input, url, isOurs: true })
      const sent = await send(input)
      await until(async () => (await broker.lag(input, `group-${input}`)) > 0)
      await cluster.startBroker(1)
      await until(async () => (await broker.lag(input, `group-${input}`)) === 0)
      await close()
      const outputs = [...(await received(exit, away)), ...(await received(next))]
      assert.deepEqual(new Set(outputs.map(({ key }) => key)), new Set(sent.map(({ key }) => key)))
      assert.deepEqual(await received(`${input}.dlq`), [])
    } finally {
      await away.close()
      await cluster.close()
    }
  })

  it('puts what is no JSON aside, and goes on', async (test) => {
    const { input, exit, next } = await topicsOf()
    const [exits, nexts] = await Promise.all([funnel(test, exit), funnel(test, next)])
    const { url } = await inference(test, { exit: exits, next: nexts, isOurs: true })
    const close = await connector(test, { topic: input, url, isOurs: true })
    await broker.produce([
      { topic: input, key: Buffer.from('raw'), value: new Uint8Array(784), headers: [] },
      { topic: input, key: Buffer.from('short'), value: Buffer.from('[[1.0]]'), headers: [] },
    ])
    await send(input)
    await until(async () => (await broker.lag(input, `group-${input}`)) === 0)
    await close()
    const letters = await readAll(broker, `${input}.dlq`)
    assert.deepEqual(
      letters.map((record) => [
        Buffer.from(record.key ?? []).toString(),
        headerOf(record, 'fogline-error-code'),
      ]),
      [
        ['raw', 'ERR_TENSOR'],
        ['short', 'ERR_REQUEST'],
      ],
    )
    assert.equal((await received(exit)).length + (await received(next)).length, COUNT)
  })
})
