import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import { schemaRegistry } from '../../src/formats/avro/registry.ts'
import { recordDecoder } from '../../src/formats/record-decoder.ts'
import { realDelay } from '../../src/std/delay.ts'
import { readUntilMarked } from '../fixtures/connector/read-until-marked.ts'
import { renamed } from '../fixtures/connector/renamed.ts'
import {
  answerOf,
  headerOf,
  RAW_INPUT,
  RIG_TOPICS,
  samplesOf,
  startRig,
} from '../fixtures/connector/rig.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'
import { framed, registryDouble } from '../fixtures/registry-double.ts'
import { until } from '../fixtures/until.ts'

const server = kafkaServer()

/** Of what fastavro wrote. */
interface Written {
  readonly what: string
  readonly schema: unknown
  readonly values: readonly (readonly [hex: string, numbers: readonly number[]])[]
}

const FILE = new URL('../fixtures/avro/values.json', import.meta.url)
const ALL = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Written[]

/** The schema, bytes and numbers of a case with one value. */
function written(name: string) {
  const found = ALL.find(({ what }) => what === name)
  const [[hex, numbers] = []] = found?.values ?? []
  assert.ok(found && hex && numbers)
  return { schema: found.schema, bytes: Buffer.from(hex, 'hex'), sample: numbers.join() }
}

/** One topic's writer before and after the change of its schema; and one that writes no `values`. */
const OLD = written('the only array of a record')
const NEW = written('an array beside integers of any size and earlier records')
const OTHER = written('all fields of a record')

/** Records that must become dead letters, and why. */
const POISON: readonly (readonly [value: Uint8Array, reason: RegExp])[] = [
  [framed(99, OLD.bytes), /schema 99: .*Schema 99 not found/],
  [framed(1, OLD.bytes.subarray(0, -3)), /not Avro of its schema/],
  [framed(3, OTHER.bytes), /schema 3: .*field "values" is missing/],
  [OLD.bytes, /no schema id/],
]

const COUNT = 500

describe('the connector, on a Kafka topic of Avro values', needsKafka(), () => {
  it('goes on over a change of schema while the registry is away, and puts poison aside', async (t) => {
    const double = await registryDouble({ 1: OLD.schema, 2: NEW.schema, 3: OTHER.schema })
    const registry = schemaRegistry({ url: double.url })
    const broker = renamed(await openBroker(`kafka://${await server()}`), randomUUID())
    await broker.ensure(RIG_TOPICS)
    const warnings: string[] = []
    const seen = new Map<string, number>()
    const connector = startRig({
      broker,
      upperBroker: null,
      delay: realDelay,
      log: (_, message) => warnings.push(message),
      decoder: recordDecoder({ ...RAW_INPUT, format: 'avro', fields: ['values'] }, registry),
      invoke: async (invocation) => {
        for (const sample of samplesOf(invocation.batch)) {
          seen.set(sample.join(), (seen.get(sample.join()) ?? 0) + 1)
        }
        return answerOf(invocation)
      },
    })
    t.after(async () => {
      for (const part of [connector, broker, registry, { close: double.stop }]) await part.close()
    })
    const send = (values: readonly Uint8Array[]) =>
      broker.produce(
        values.map((value, at) => ({
          topic: 'edge-input',
          key: Buffer.from(`k${at % 20}`),
          value,
          headers: [],
        })),
      )
    const isDone = async () => (await broker.lag('edge-input', 'digits-edge')) === 0
    await send(Array.from({ length: COUNT }, () => framed(1, OLD.bytes)))
    await until(isDone)
    await double.stop()
    const changed = Array.from({ length: COUNT }, () => framed(2, NEW.bytes))
    await send(POISON.flatMap(([poison]) => [poison, ...changed.splice(0, COUNT / POISON.length)]))
    await until(() => warnings.includes('Cannot get a schema: records wait'))
    assert.equal(await isDone(), false)
    await double.start()
    await until(isDone)
    await connector.close()
    const answers = await readUntilMarked(broker, 'edge-output')
    const letters = await readUntilMarked(broker, 'edge-input.dlq')
    assert.deepEqual(Object.fromEntries(seen), { [OLD.sample]: COUNT, [NEW.sample]: COUNT })
    assert.equal(answers.length, 2 * COUNT)
    assert.equal(new Set(answers.map((record) => headerOf(record, 'fogline-id'))).size, 2 * COUNT)
    assert.equal(letters.length, POISON.length)
    for (const [value, reason] of POISON) {
      const letter = letters.find((one) => Buffer.compare(one.value, value) === 0)
      assert.match(headerOf(letter, 'fogline-error') ?? '', reason)
      assert.equal(headerOf(letter, 'fogline-error-code'), 'ERR_TENSOR')
    }
    assert.equal(double.asked.filter((path) => path === '/schemas/ids/1').length, 1)
  })
})
