import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import type { NewRecord, ReceivedRecord, SubscribeOptions } from '../../src/core/broker.ts'
import { schemaRegistry } from '../../src/formats/avro/registry.ts'
import { recordDecoder } from '../../src/formats/record-decoder.ts'
import { realDelay } from '../../src/std/delay.ts'
import { readAll } from '../fixtures/connector/read-all.ts'
import {
  answerOf,
  headerOf,
  RAW_INPUT,
  sampleRecord,
  samplesOf,
  startRig,
} from '../fixtures/connector/rig.ts'
import { framed, registryDouble } from '../fixtures/registry-double.ts'
import { until } from '../fixtures/until.ts'

const TOPICS = ['edge-input', 'edge-output', 'fog-input', 'edge-input.dlq'].map((name) => ({
  name,
  partitions: 4,
}))

/** Two writers of one topic: the second one has another field, and other types. */
const OLD = record([
  ['number', 'float'],
  ['sure', 'int'],
])
const NEW = record([
  ['device', 'string'],
  ['sure', 'boolean'],
  ['number', 'double'],
])
const TEXT = record([
  ['number', 'string'],
  ['sure', 'int'],
])

function record(fields: readonly (readonly [name: string, type: string])[]) {
  return { type: 'record', name: 'Reading', fields: fields.map(([name, type]) => ({ name, type })) }
}

function oldValue(number: number): Uint8Array {
  const bytes = Buffer.alloc(5)
  bytes.writeFloatLE(number)
  bytes[4] = (number % 2) * 2
  return bytes
}

function newValue(number: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(number)
  return Buffer.concat([Uint8Array.of(2, 0x61, number % 2), bytes])
}

const inputOf = (value: Uint8Array, at: number): NewRecord => ({
  topic: 'edge-input',
  key: Buffer.from(`k${at % 20}`),
  value,
  headers: [],
})

/** Records that must become dead letters, and why. */
const POISON: readonly (readonly [value: Uint8Array, reason: RegExp])[] = [
  [framed(99, oldValue(1)), /schema 99: .*Schema 99 not found/],
  [framed(3, oldValue(1)), /schema 3: .*field "number" is string/],
  [framed(4, oldValue(1)), /schema 4: .*PROTOBUF \(only AVRO\)/],
  [framed(1, Uint8Array.of(1, 2, 3)), /not Avro of its schema/],
  [oldValue(1), /schema 8404738: .*not found/],
  [Uint8Array.of(7, 7), /no schema id/],
  [framed(1, Uint8Array.of()), /not Avro of its schema/],
]

describe('the connector, on topics of Avro values with a schema registry', () => {
  it('waits for a registry that is away, loses nothing, and puts poison aside', async (t) => {
    const double = await registryDouble({ 1: OLD, 2: NEW, 3: TEXT })
    double.byId.set(4, { schema: 'message A {}', schemaType: 'PROTOBUF' })
    const registry = schemaRegistry({ url: double.url })
    await double.stop()
    const broker = await openBroker('memory:')
    await broker.ensure(TOPICS)
    const warnings: string[] = []
    const seen = new Set<number>()
    const fields = ['number', 'sure']
    const connector = startRig({
      broker,
      delay: realDelay,
      log: (_, message) => warnings.push(message),
      decoder: recordDecoder({ ...RAW_INPUT, format: 'avro', fields }, registry),
      invoke: async (invocation) => {
        for (const [number] of samplesOf(invocation.batch)) seen.add(number)
        return answerOf(invocation)
      },
    })
    t.after(() => closeAll(connector, broker, registry, { close: double.stop }))
    const count = 2_000
    const good = Array.from({ length: count }, (_, number) =>
      framed(
        1 + (number % 3 === 0 ? 1 : 0),
        number % 3 === 0 ? newValue(number) : oldValue(number),
      ),
    )
    const values = good.flatMap((value, at) => {
      const poison = at % 100 === 0 ? POISON[(at / 100) % POISON.length]?.[0] : undefined
      return poison ? [value, poison] : [value]
    })
    await broker.produce(values.map(inputOf))
    await until(() => warnings.includes('Cannot get a schema: records wait'))
    assert.equal(seen.size, 0)
    double.answer = () => ({ status: 503, body: '' })
    await double.start()
    await until(() => double.asked.length > 0)
    double.answer = undefined
    await until(async () => (await broker.lag('edge-input', 'digits-edge')) === 0)
    await connector.close()
    const answers = await readAll(broker, 'edge-output')
    const forwarded = await readAll(broker, 'fog-input')
    const letters = await readAll(broker, 'edge-input.dlq')
    assert.equal(seen.size, count)
    assert.deepEqual([answers.length, forwarded.length, letters.length], [1_000, 1_000, 20])
    for (const [at, letter] of letters.entries()) {
      const poison = POISON.find(([value]) => Buffer.compare(value, letter.value) === 0)
      assert.ok(poison, `dead letter ${at} is one of the poison`)
      assert.match(headerOf(letter, 'fogline-error') ?? '', poison[1])
      assert.equal(headerOf(letter, 'fogline-error-code'), 'ERR_TENSOR')
    }
  })

  it('stops at once while it waits, and leaves the records to the next member', async (t) => {
    const double = await registryDouble({ 1: OLD })
    const registry = schemaRegistry({ url: double.url })
    await double.stop()
    const broker = await openBroker('memory:')
    await broker.ensure(TOPICS)
    const warnings: string[] = []
    const decoder = () =>
      recordDecoder({ ...RAW_INPUT, format: 'avro', fields: ['number', 'sure'] }, registry)
    await broker.produce([inputOf(framed(1, oldValue(1)), 0)])
    const first = startRig({
      broker,
      delay: realDelay,
      log: (_, message) => warnings.push(message),
      decoder: decoder(),
    })
    t.after(() => closeAll(first, broker, registry, { close: double.stop }))
    await until(() => warnings.length > 0)
    await first.close()
    assert.equal(await broker.lag('edge-input', 'digits-edge'), 1)
    await double.start()
    const second = startRig({ broker, decoder: decoder() })
    await until(async () => (await broker.lag('edge-input', 'digits-edge')) === 0)
    await second.close()
    assert.equal((await readAll(broker, 'edge-output')).length, 1)
  })
})

it('the connector takes nothing of a partition that it had to give back while its records waited', async (t) => {
  const broker = await openBroker('memory:')
  await broker.ensure(TOPICS)
  const asked: (readonly ReceivedRecord[])[] = []
  const gate = Promise.withResolvers<void>()
  let revoke: SubscribeOptions['onRevoked']
  const connector = startRig({
    broker: {
      ...broker,
      subscribe: (options) => {
        revoke = options.onRevoked
        return broker.subscribe(options)
      },
    },
    decoder: {
      ...recordDecoder(RAW_INPUT),
      prepare: (records) => {
        asked.push(records)
        return asked.length === 1 ? gate.promise : undefined
      },
    },
  })
  t.after(() => closeAll(connector, broker))
  await broker.produce([1, 2, 3, 4, 5, 6, 7, 8].map((at) => sampleRecord([at, 1], `k${at}`)))
  await until(() => asked.length === 1)
  const [kept = []] = asked
  assert.ok(kept.length > 0 && kept.length < 8)
  await revoke?.([kept[0]?.partition ?? NaN])
  gate.resolve()
  await until(async () => (await broker.lag('edge-input', 'digits-edge')) === kept.length)
  await connector.close()
  assert.equal((await readAll(broker, 'edge-output')).length, 8 - kept.length)
})

/** In this order; so that a test that fails ends, too. */
async function closeAll(...parts: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const part of parts) await part.close()
}
