import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryBroker } from '../../tests/fixtures/connector/memory-broker.ts'
import {
  answerOf,
  failedBy,
  headerOf,
  numberOf,
  type RigOptions,
  sampleRecord,
  samplesOf,
  startRig,
} from '../../tests/fixtures/connector/rig.ts'
import { until } from '../../tests/fixtures/until.ts'
import { FoglineError } from '../std/errors.ts'
import type { Connector } from './connector.ts'

/** Runs a connector over `broker` until nothing is left to do, and closes it. */
async function runUntilDone(broker: MemoryBroker, options: Partial<RigOptions> = {}) {
  const connector = startRig({ broker, ...options })
  await connector.ready
  await until(async () => (await broker.lag('edge-input')) === 0)
  await connector.close()
  return connector.stats()
}

function brokerWith(count: number, key?: (number: number) => string): MemoryBroker {
  const broker = new MemoryBroker({ partitions: 1 })
  const numbers = Array.from({ length: count }, (_, number) => number)
  broker.append(numbers.map((number) => sampleRecord([number, 1], key?.(number))))
  return broker
}

const numbers = (broker: MemoryBroker, topic: string) =>
  broker.records(topic).map((record) => numberOf(record))

const ids = (broker: MemoryBroker, topic: string) =>
  broker.records(topic).map((record) => headerOf(record, 'fogline-id'))

describe('startConnector()', () => {
  it('answers what is sure and forwards the rest, with all headers', async () => {
    const broker = new MemoryBroker({ partitions: 1 })
    broker.append([sampleRecord([7, 1], 'k'), sampleRecord([8, 0])])
    const stats = await runUntilDone(broker, { labels: ['no', 'yes'] })
    const [answer] = broker.records('edge-output')
    assert.deepEqual(
      Buffer.from(answer?.value ?? []).toString(),
      '{"values":[0.25,0.75],"class":1,"label":"yes","confidence":0.75,' +
        '"tier":"edge","reason":"confident","id":"0/0","model":"edge@abc"}',
    )
    assert.deepEqual(answer?.key, Buffer.from('k'))
    const [forwarded] = broker.records('fog-input')
    assert.equal(numberOf(forwarded as NonNullable<typeof forwarded>), 8)
    assert.deepEqual(
      forwarded?.headers.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
      [
        ['foreign', '\xff\0'],
        ['fogline-id', '0/1'],
        ['fogline-source', 'id-of-edge-input'],
        ['fogline-time', '1000'],
        ['fogline-path', 'edge'],
        ['fogline-datatype', 'FP32'],
        ['fogline-shape', '1'],
      ],
    )
    assert.equal(stats.exits, 1)
    assert.equal(stats.forwards, 1)
    assert.equal(stats.in, 2)
    assert.equal(stats.inFlight, 0)
    assert.ok(Math.abs((stats.latencyMsP50 ?? 0) - 1_000) < 30)
  })

  it('gathers what queued up, without waiting for more', async () => {
    const sizes: number[] = []
    await runUntilDone(brokerWith(600), {
      invoke: async (invocation) => {
        sizes.push(invocation.batch.shape[0] ?? 0)
        return answerOf(invocation)
      },
    })
    assert.deepEqual(sizes, [256, 256, 88])
  })

  it('makes a dead letter of what cannot be read, and goes on', async () => {
    const broker = brokerWith(2)
    broker.append([
      { ...sampleRecord([2, 1], 'k'), value: new Uint8Array(7) },
      sampleRecord([NaN, 1]),
      sampleRecord([4, 1]),
    ])
    await runUntilDone(broker)
    const [tooShort, notFinite] = broker.records('edge-input.dlq')
    assert.equal(headerOf(tooShort, 'fogline-error-code'), 'ERR_TENSOR')
    assert.match(headerOf(tooShort, 'fogline-error') ?? '', /7 bytes \(expected 8/)
    assert.equal(headerOf(tooShort, 'fogline-origin'), 'edge-input/0/2')
    assert.equal(headerOf(tooShort, 'fogline-attempts'), '1')
    assert.equal(headerOf(tooShort, 'foreign'), Buffer.of(0xff, 0).toString())
    assert.deepEqual(tooShort?.key, Buffer.from('k'))
    assert.equal(tooShort?.value.length, 7)
    assert.match(headerOf(notFinite, 'fogline-error') ?? '', /NaN or infinite/)
    assert.equal(broker.records('edge-output').length, 3)
  })

  for (const [fault, attempts] of [
    ['records', '1'],
    ['function', '5'],
  ] as const) {
    it(`finds the culprit of a failed batch (${fault}): ${attempts} attempts`, async () => {
      const broker = brokerWith(40, (number) => `k${number % 10}`)
      await runUntilDone(broker, {
        invoke: async (invocation) =>
          samplesOf(invocation.batch).some(([number]) => number === 23)
            ? failedBy(fault)
            : answerOf(invocation),
      })
      assert.deepEqual(numbers(broker, 'edge-input.dlq'), [23])
      assert.equal(headerOf(broker.records('edge-input.dlq')[0], 'fogline-attempts'), attempts)
      assert.equal(broker.records('edge-output').length, 39)
    })
  }

  it('holds up only records of the same key while a record is tried again', async () => {
    const broker = brokerWith(20, (number) => (number % 5 === 0 ? 'bad' : `k${number}`))
    const gate = Promise.withResolvers<void>()
    const connector = startRig({
      broker,
      invoke: async (invocation) =>
        samplesOf(invocation.batch).some(([number]) => number === 5)
          ? failedBy('function')
          : answerOf(invocation),
      delay: () => gate.promise,
    })
    await until(() => broker.records('edge-output').length === 17)
    assert.deepEqual(ids(broker, 'edge-output').includes('0/10'), false)
    assert.deepEqual(broker.commits.at(-1)?.next, 5)
    gate.resolve()
    await until(async () => (await broker.lag('edge-input')) === 0)
    await connector.close()
    assert.deepEqual(numbers(broker, 'edge-input.dlq'), [5])
    assert.equal(broker.records('edge-output').length, 19)
  })

  it('waits for a function that is away, and loses nothing', async () => {
    const broker = brokerWith(200)
    let calls = 0
    const stats = await runUntilDone(broker, {
      invoke: async (invocation) =>
        ++calls <= 20 ? failedBy('surroundings') : answerOf(invocation),
    })
    assert.equal(stats.exits, 200)
    assert.equal(stats.deadLetters, 0)
    assert.equal(stats.failedInvocations, 20)
  })

  it('takes a record that breaks the connection for the culprit only while others succeed', async () => {
    const broker = brokerWith(2)
    const connector = startRig({
      broker,
      invoke: async (invocation) =>
        samplesOf(invocation.batch).some(([number]) => number === 0)
          ? failedBy('unclear')
          : answerOf(invocation),
    })
    await until(() => broker.records('edge-output').length === 1)
    await until(() => connector.stats().failedInvocations > 8 || connector.stats().deadLetters > 0)
    broker.append([sampleRecord([2, 1]), sampleRecord([3, 1])])
    await until(async () => (await broker.lag('edge-input')) === 0)
    await connector.close()
    assert.deepEqual(numbers(broker, 'edge-input.dlq'), [0])
    assert.equal(broker.records('edge-output').length, 3)
  })

  it('never gives up on records while nothing at all gets an answer', async () => {
    const broker = brokerWith(4)
    let calls = 0
    const stats = await runUntilDone(broker, {
      invoke: async (invocation) => (++calls <= 60 ? failedBy('unclear') : answerOf(invocation)),
    })
    assert.equal(stats.exits, 4)
    assert.equal(stats.deadLetters, 0)
  })

  it('counts nonsense from the function as its failure', async () => {
    const broker = brokerWith(1)
    await runUntilDone(broker, {
      invoke: async () => ({
        kind: 'answered',
        response: { modelName: 'edge', parameters: {}, outputs: [] },
      }),
    })
    const [letter] = broker.records('edge-input.dlq')
    assert.equal(headerOf(letter, 'fogline-error-code'), 'ERR_FUNCTION')
    assert.equal(headerOf(letter, 'fogline-attempts'), '5')
  })

  it('answers everything at the top, whatever the rule says', async () => {
    const broker = new MemoryBroker({ partitions: 1 })
    broker.append([sampleRecord([1, 0])])
    await runUntilDone(broker, { upperBroker: null })
    assert.match(
      Buffer.from(broker.records('edge-output')[0]?.value ?? []).toString(),
      /"reason":"final"/,
    )
  })

  it('goes on with exits while the brokers of the tier above are away', async () => {
    const broker = new MemoryBroker({ partitions: 1 })
    const upperBroker = new MemoryBroker({ partitions: 1 })
    broker.append(Array.from({ length: 100 }, (_, number) => sampleRecord([number, number % 2])))
    let away = true
    upperBroker.onWrite = () => {
      if (away) throw new FoglineError('Cannot reach broker', { code: 'ERR_UNAVAILABLE' })
    }
    const connector = startRig({ broker, upperBroker })
    await until(() => broker.records('edge-output').length === 50)
    assert.equal(broker.commits.at(-1)?.next, 0)
    away = false
    await until(async () => (await broker.lag('edge-input')) === 0)
    await connector.close()
    assert.deepEqual(
      numbers(upperBroker, 'fog-input'),
      Array.from({ length: 50 }, (_, index) => index * 2),
    )
    assert.equal(broker.records('edge-output').length, 50)
  })

  it('makes a dead letter of an outcome that its broker finds too large', async () => {
    for (const foreign of [true, false]) {
      const broker = brokerWith(10)
      const outputBroker = foreign ? new MemoryBroker({ partitions: 1 }) : broker
      outputBroker.onWrite = (records) => {
        const tooLarge = records.some(
          ({ topic, headers }) =>
            topic === 'edge-output' &&
            headers.some(([, value]) => Buffer.from(value).toString() === '0/0'),
        )
        if (tooLarge) throw new FoglineError('Cannot write: too large', { code: 'ERR_LIMIT' })
      }
      await runUntilDone(broker, { outputBroker, limits: { invocationRecordsMax: 1 } })
      assert.deepEqual(ids(broker, 'edge-input.dlq'), ['0/0'])
      assert.equal(outputBroker.records('edge-output').length, 9)
    }
  })

  it('takes at most the stated number of records beyond the committed offset', async () => {
    const broker = brokerWith(2_000)
    const gate = Promise.withResolvers<void>()
    const limits = { takenRecordsMax: 200, batchRecordsMax: 20, writeRecordsMax: 20 }
    const connector = startRig({
      broker,
      limits: { ...limits, invocationRecordsMax: 10 },
      invoke: async (invocation) => {
        if (samplesOf(invocation.batch).some(([number]) => number === 0)) await gate.promise
        return answerOf(invocation)
      },
    })
    await until(() => broker.records('edge-output').length >= 150)
    await new Promise(setImmediate)
    assert.ok(connector.stats().in <= 200, `${connector.stats().in} taken`)
    gate.resolve()
    await until(async () => (await broker.lag('edge-input')) === 0)
    await connector.close()
    assert.equal(broker.records('edge-output').length, 2_000)
  })

  it('runs keys of one partition at the same time, as many invocations as allowed', async () => {
    const broker = brokerWith(60, (number) => `k${number % 6}`)
    let running = 0
    let most = 0
    await runUntilDone(broker, {
      limits: { invocationRecordsMax: 2, invocationsPerPartitionMax: 3 },
      invoke: async (invocation) => {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
        return answerOf(invocation)
      },
    })
    assert.equal(most, 3)
  })

  it('finishes what is in flight when it closes, and leaves the rest to the next member', async () => {
    const broker = brokerWith(300)
    const gate = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const connector: Connector = startRig({
      broker,
      invoke: async (invocation) => {
        asked.resolve()
        await gate.promise
        return answerOf(invocation)
      },
      delay: () => new Promise(() => {}),
    })
    await asked.promise
    const closed = connector.close()
    gate.resolve()
    await closed
    assert.equal(broker.records('edge-output').length, 256)
    assert.equal(await broker.lag('edge-input'), 44)
    await runUntilDone(broker)
    assert.equal(new Set(ids(broker, 'edge-output')).size, 300)
    assert.equal(broker.records('edge-output').length, 300)
  })

  it('closes within its bound where a function never answers', async () => {
    const broker = brokerWith(1)
    const asked = Promise.withResolvers<void>()
    const connector = startRig({
      broker,
      invoke: ({ signal }) => {
        asked.resolve()
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(failedBy('unclear')))
        })
      },
    })
    await asked.promise
    await connector.close()
    assert.equal(broker.commits.length, 0)
  })

  it('subscribes again where that fails, and after its commits were refused for good', async () => {
    const broker = brokerWith(10)
    let refusals = 0
    broker.onWrite = () => {
      if (++refusals <= 3) throw new FoglineError('Cannot settle', { code: 'ERR_BROKER' })
    }
    const subscribe = broker.subscribe.bind(broker)
    let subscriptions = 0
    broker.subscribe = async (options) => {
      if (++subscriptions === 1) throw new FoglineError('Cannot reach', { code: 'ERR_UNAVAILABLE' })
      return subscribe(options)
    }
    const stats = await runUntilDone(broker)
    assert.equal(subscriptions, 3)
    assert.equal(broker.records('edge-output').length, 10)
    assert.equal(stats.exits, 10)
  })
})
