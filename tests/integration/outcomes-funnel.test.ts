import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { funnelInvoke, httpInvoke } from '../../src/connector/invoke.ts'
import type { Broker, ReceivedRecord } from '../../src/core/broker.ts'
import type { Handler } from '../../src/core/handler.ts'
import type { Section } from '../../src/core/section.ts'
import { toFloats } from '../../src/core/tensor.ts'
import type { Downstream } from '../../src/functions/downstream.ts'
import { funnelHandler } from '../../src/functions/funnel.ts'
import { inferenceHandler } from '../../src/functions/inference.ts'
import { handlerClient } from '../../src/pipeline/handler-client.ts'
import { FoglineError, messageOf } from '../../src/std/errors.ts'
import { MemoryBroker } from '../fixtures/connector/memory-broker.ts'
import { headerOf, type Sample, sampleRecord, startRig } from '../fixtures/connector/rig.ts'
import { until } from '../fixtures/until.ts'

const RULE = {
  metric: 'confidence',
  threshold: 0.8,
  from: 'probabilities',
  temperature: 1,
} as const
const READING = { from: 'probabilities', temperature: 1 } as const

/** Sure where a sample says so; no number at all where it says 2; features are the sample's number. */
const section: Section = {
  version: 'abc',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [
    { name: 'up', datatype: 'FP32', shape: [-1, 1] },
    { name: 'exit', datatype: 'FP32', shape: [-1, 2] },
  ],
  run: async ([input]) => {
    const values = input ? [...toFloats(input)] : []
    const samples = Array.from({ length: values.length / 2 }, (_, row) => {
      return [values[row * 2] ?? 0, values[row * 2 + 1] ?? 0] as const
    })
    const features = samples.map(([number, sure]) => (sure === 2 ? Number.NaN : number))
    const predictions = samples.flatMap(([, sure]) => {
      if (sure === 2) return [Number.NaN, 0]
      return sure === 1 ? [0.1, 0.9] : [0.5, 0.5]
    })
    return [
      { datatype: 'FP32', shape: [samples.length, 1], data: Float32Array.from(features) },
      { datatype: 'FP32', shape: [samples.length, 2], data: Float32Array.from(predictions) },
    ]
  },
  close: async () => {},
}

function downstreamTo(handler: Handler): Downstream {
  const client = handlerClient(handler)
  return {
    url: 'http://funnel/',
    post: (body, headers) =>
      client.request({ method: 'POST', path: '/', headers, body, timeoutMs: 20_000 }),
    close: async () => {},
  }
}

function funnelTo(broker: Pick<Broker, 'ensure' | 'produce'>, name: string): Downstream {
  return downstreamTo(
    funnelHandler({ broker, topic: { name, partitions: 1 }, now: () => 0, timeoutMs: 20_000 }),
  )
}

function functionWith(outcomes?: { exit: Downstream; next: Downstream }): Handler {
  return inferenceHandler({
    section,
    name: 'edge',
    prediction: 'exit',
    features: 'up',
    version: '0',
    ...(outcomes && {
      outcomes: {
        rule: RULE,
        reading: READING,
        labels: ['no', 'yes'],
        format: 'fogline',
        ...outcomes,
      },
    }),
  })
}

const SAMPLES: readonly Sample[] = Array.from({ length: 40 }, (_, number) => [
  number,
  number % 7 === 3 ? 2 : number % 2,
])

/** The broker after a tier has worked on all samples, its outcomes written as `outcomes` says. */
async function brokerAfter(outcomes: 'connector' | 'funnel', changes: Changes = {}) {
  const broker = new MemoryBroker({ partitions: 1 })
  broker.append(SAMPLES.map((sample) => sampleRecord(sample, `k${sample[0] % 5}`)))
  broker.append([{ ...sampleRecord([0, 0]), value: Uint8Array.of(1) }])
  const { exit = funnelTo(broker, 'edge-output'), onInvoked = () => {} } = changes
  const handler = functionWith(
    outcomes === 'funnel' ? { exit, next: funnelTo(broker, 'fog-input') } : undefined,
  )
  const client = handlerClient(async (request) => {
    const answer = await handler(request)
    onInvoked(answer.status)
    return answer
  })
  const invokeBy = outcomes === 'funnel' ? funnelInvoke : httpInvoke
  const connector = startRig({
    broker,
    labels: ['no', 'yes'],
    invoke: invokeBy({ client, path: '/v2/models/edge', inputName: 'x', timeoutMs: 20_000 }),
  })
  await until(async () => (await broker.lag('edge-input')) === 0)
  await connector.close()
  return { broker, stats: connector.stats() }
}

interface Changes {
  readonly exit?: Downstream
  readonly onInvoked?: (status: number) => void
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

function plain(records: readonly ReceivedRecord[]) {
  return records
    .map(({ key, value, headers }) => ({
      key: key && textOf(key),
      value: textOf(value),
      headers: headers.map(([name, bytes]) => [name, textOf(bytes)]),
    }))
    .toSorted((a, b) => JSON.stringify(a.headers).localeCompare(JSON.stringify(b.headers)))
}

const TOPICS = ['edge-output', 'fog-input', 'edge-input.dlq'] as const

describe('outcomes: funnel', () => {
  it('writes the very records that a connector would have written', async () => {
    const byConnector = await brokerAfter('connector')
    const byFunnel = await brokerAfter('funnel')
    for (const topic of TOPICS) {
      const records = plain(byFunnel.broker.records(topic))
      assert.ok(records.length > 0)
      assert.deepEqual(records, plain(byConnector.broker.records(topic)))
    }
    const { exits, forwards, deadLetters } = byFunnel.stats
    assert.deepEqual(
      [exits, forwards, deadLetters],
      TOPICS.map((topic) => byFunnel.broker.records(topic).length),
    )
  })

  it('loses nothing, and commits nothing, while a funnel is away', async () => {
    const target = new MemoryBroker({ partitions: 1 })
    const statuses: number[] = []
    const funnel = funnelTo(
      {
        ensure: async () => {},
        produce: async (records) => {
          if (statuses.length < 3) throw new FoglineError('Away', { code: 'ERR_UNAVAILABLE' })
          await target.produce(records)
        },
      },
      'edge-output',
    )
    const { broker, stats } = await brokerAfter('funnel', {
      exit: funnel,
      onInvoked: (status) => void statuses.push(status),
    })
    assert.deepEqual(statuses.slice(0, 4), [503, 503, 503, 200])
    assert.equal(stats.failedInvocations, 3)
    assert.equal(stats.deadLetters, broker.records('edge-input.dlq').length)
    const ids = [...target.records('edge-output'), ...broker.records('fog-input')].map((record) =>
      headerOf(record, 'fogline-id'),
    )
    assert.equal(new Set(ids).size, stats.exits + stats.forwards)
    assert.equal(ids.length, stats.exits + stats.forwards)
  })

  it('makes a dead letter of the one answer that is too large for its topic', async () => {
    const target = new MemoryBroker({ partitions: 1 })
    target.onWrite = (records) => {
      const isTooLarge = records.some(({ headers }) =>
        headers.some(([name, value]) => name === 'fogline-id' && textOf(value) === '0/1'),
      )
      if (isTooLarge) throw new FoglineError('Cannot write: too large', { code: 'ERR_LIMIT' })
    }
    const { broker, stats } = await brokerAfter('funnel', { exit: funnelTo(target, 'edge-output') })
    const letter = plain(broker.records('edge-input.dlq')).find(({ headers }) =>
      headers.some(([name, value]) => name === 'fogline-id' && value === '0/1'),
    )
    assert.deepEqual(
      letter?.headers.find(([name]) => name === 'fogline-error-code'),
      ['fogline-error-code', 'ERR_LIMIT'],
    )
    assert.equal(target.records('edge-output').length, stats.exits)
  })

  it('takes nothing for written from a function without funnels, or what is no funnel', async () => {
    const records: readonly ReceivedRecord[] = [
      {
        ...sampleRecord([1, 1]),
        topicId: 'T',
        partition: 0,
        offset: 0,
        timestampMs: 0,
        key: undefined,
      },
    ]
    const other = downstreamTo(async () => new Response('welcome'))
    for (const [handler, reason] of [
      [functionWith(), /has the function funnels\?/],
      [functionWith({ exit: other, next: other }), /is it a funnel\?/],
    ] as const) {
      const invoke = funnelInvoke({
        client: handlerClient(handler),
        path: '/v2/models/edge',
        inputName: 'x',
        timeoutMs: 20_000,
      })
      const result = await invoke({
        batch: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(1, 1) },
        records,
        rule: 'final',
        signal: new AbortController().signal,
      })
      assert.ok(result.kind === 'failed')
      assert.equal(result.fault, 'surroundings')
      assert.match(messageOf(result.error), reason)
    }
  })
})
