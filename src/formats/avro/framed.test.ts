import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { framed } from '../../../tests/fixtures/registry-double.ts'
import type { ReceivedRecord } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'
import type { Waiting } from '../waiting.ts'
import { framedAvro } from './framed.ts'
import type { SchemaRegistry } from './registry.ts'
import { parseAvroSchema } from './schema.ts'

function recordOf(value: Uint8Array): ReceivedRecord {
  const place = { topic: 'in', topicId: 't', partition: 0, offset: 0, timestampMs: 0 }
  return { ...place, key: undefined, value, headers: [] }
}

/** The record of an Avro int below 64. */
const intOf = (id: number, value: number) => recordOf(framed(id, Uint8Array.of(value * 2)))

/** A registry whose answers are made by `answer`, and what was asked of it. */
function fakeRegistry(answer: (id: number, attempt: number) => string | FoglineError) {
  const asked: number[] = []
  const registry: SchemaRegistry = {
    schema: async (id) => {
      asked.push(id)
      const given = answer(id, asked.filter((one) => one === id).length)
      if (given instanceof FoglineError) throw given
      return parseAvroSchema(given)
    },
    close: async () => {},
  }
  return { registry, asked }
}

function waitingAt(clock: {
  ms: number
}): Waiting & { readonly logged: unknown[][]; readonly waits: number[] } {
  const logged: unknown[][] = []
  const waits: number[] = []
  return {
    now: () => clock.ms,
    random: () => 1,
    delay: async (delayMs) => {
      waits.push(delayMs)
    },
    log: (...line) => logged.push(line),
    signal: new AbortController().signal,
    logged,
    waits,
  }
}

const away = new FoglineError('Cannot reach http://registry', { code: 'ERR_UNAVAILABLE' })
const unknown = new FoglineError('Cannot use schema: unknown', { code: 'ERR_TENSOR' })

describe('framedAvro()', () => {
  it('reads each record by the schema that its id names, asking for each once', async () => {
    const { registry, asked } = fakeRegistry((id) => (id === 1 ? '"int"' : '["null", "int"]'))
    const avro = framedAvro(registry, {})
    const waiting = waitingAt({ ms: 0 })
    const records = [intOf(1, 5), recordOf(framed(2, Uint8Array.of(2, 12))), intOf(1, 7)]
    await avro.prepare(records, waiting)
    assert.deepEqual(records.map(avro.read), [5, 6, 7])
    assert.deepEqual(asked, [1, 2])
    const more = [intOf(1, 8)]
    assert.equal(avro.prepare(more, waiting), undefined)
    assert.deepEqual(more.map(avro.read), [8])
  })

  it("turns values of several writers into the reader's schema", async () => {
    const record = (fields: string) => `{"type":"record","name":"R","fields":[${fields}]}`
    const old = record('{"name":"a","type":"int"}')
    const grown = record('{"name":"b","type":"float"},{"name":"a","type":"long"}')
    const { registry } = fakeRegistry((id) => (id === 1 ? old : grown))
    const reader = record('{"name":"a","type":"double"},{"name":"b","type":"double","default":0.5}')
    const avro = framedAvro(registry, { reader: parseAvroSchema(reader) })
    const records = [intOf(1, 3), recordOf(framed(2, Uint8Array.of(0, 0, 0x80, 0x3f, 8)))]
    await avro.prepare(records, waitingAt({ ms: 0 }))
    assert.deepEqual(records.map(avro.read), [
      [3, 0.5],
      [4, 1],
    ])
  })

  it('waits for a registry that is away, longer each time, and loses nothing', async () => {
    const { registry, asked } = fakeRegistry((_, attempt) => (attempt < 10 ? away : '"int"'))
    const avro = framedAvro(registry, {})
    const waiting = waitingAt({ ms: 0 })
    const records = [intOf(1, 5)]
    await avro.prepare(records, waiting)
    assert.deepEqual(records.map(avro.read), [5])
    assert.equal(asked.length, 10)
    assert.deepEqual(waiting.waits, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    assert.deepEqual(waiting.logged[0], [
      'warn',
      'Cannot get a schema: records wait',
      { id: 1, error: away },
    ])
  })

  it('stops waiting where the signal aborts', async () => {
    const stop = new AbortController()
    const { registry, asked } = fakeRegistry(() => away)
    const avro = framedAvro(registry, {})
    const delay = async () => stop.abort()
    await avro.prepare([intOf(1, 5)], { ...waitingAt({ ms: 0 }), delay, signal: stop.signal })
    assert.equal(asked.length, 1)
  })

  it('refuses records of a schema that the registry does not have, not those of others', async () => {
    const { registry, asked } = fakeRegistry((id) => (id === 9 ? unknown : '"int"'))
    const avro = framedAvro(registry, {})
    const clock = { ms: 0 }
    const records = [intOf(9, 1), intOf(1, 2)]
    await avro.prepare(records, waitingAt(clock))
    assert.throws(() => avro.read(intOf(1, 2)), TypeError)
    const [lost, good] = records.map((record) => () => avro.read(record))
    assert.throws(() => lost?.(), { code: 'ERR_TENSOR', message: 'Cannot read record of schema 9' })
    assert.equal(good?.(), 2)
    clock.ms = 9_999
    assert.equal(avro.prepare(records, waitingAt(clock)), undefined)
    assert.deepEqual(asked, [9, 1])
  })

  it('asks again, a while later, for a schema that was not there', async () => {
    const { registry } = fakeRegistry((_, attempt) => (attempt === 1 ? unknown : '"int"'))
    const avro = framedAvro(registry, {})
    const records = [intOf(9, 1)]
    await avro.prepare(records, waitingAt({ ms: 0 }))
    await avro.prepare(records, waitingAt({ ms: 10_000 }))
    assert.deepEqual(records.map(avro.read), [1])
  })

  it('refuses records of a schema without a sample', async () => {
    const { registry } = fakeRegistry(() => '"string"')
    const avro = framedAvro(registry, {})
    const record = intOf(1, 5)
    await avro.prepare([record], waitingAt({ ms: 0 }))
    assert.throws(() => avro.read(record), { code: 'ERR_TENSOR', message: /of schema 1$/ })
  })

  it('keeps what a record needs, though more schemas than it remembers come after it', async () => {
    const { registry, asked } = fakeRegistry((id) => (id === 1 ? '"int"' : unknown))
    const avro = framedAvro(registry, {})
    const waiting = waitingAt({ ms: 0 })
    const first = intOf(1, 5)
    await avro.prepare([first], waiting)
    await avro.prepare(
      Array.from({ length: 1_000 }, (_, at) => intOf(at + 2, 0)),
      waiting,
    )
    assert.equal(avro.read(first), 5)
    await avro.prepare([intOf(1, 5)], waiting)
    assert.equal(asked.filter((id) => id === 1).length, 2)
  })

  for (const [what, value] of [
    ['is empty', []],
    ['is too short', [0, 0, 0, 1]],
    ['begins with another byte', [1, 0, 0, 0, 1, 2]],
    ['has a negative id', [0, 0xff, 0, 0, 1, 2]],
  ] as const) {
    it(`refuses a value that ${what}, without asking`, () => {
      const { registry, asked } = fakeRegistry(() => '"int"')
      const avro = framedAvro(registry, {})
      const record = recordOf(Uint8Array.from(value))
      assert.equal(avro.prepare([record], waitingAt({ ms: 0 })), undefined)
      assert.throws(() => avro.read(record), { code: 'ERR_TENSOR', message: /no schema id/ })
      assert.deepEqual(asked, [])
    })
  }
})
