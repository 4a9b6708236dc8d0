import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { randomNumbers } from '../../../tests/fixtures/random.ts'
import { isFoglineError } from '../../std/errors.ts'
import { readAvro } from './read.ts'
import { parseAvroSchema } from './schema.ts'

/** What fastavro wrote; see tools/avro-values.py. */
interface Case {
  readonly what: string
  readonly schema: unknown
  readonly reader?: unknown
  readonly fields?: readonly string[]
  readonly datatype?: string
  readonly values: readonly (readonly [hex: string, numbers: readonly number[]])[]
}

const file = new URL('../../../tests/fixtures/avro/values.json', import.meta.url)
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[]

const schemaOf = (schema: unknown) => parseAvroSchema(JSON.stringify(schema))

function flat(sample: unknown, datatype = 'UINT8'): readonly number[] {
  if (!(sample instanceof Uint8Array)) return [sample].flat(Infinity).map(Number)
  if (datatype === 'UINT8') return [...sample]
  return [...new Float32Array(new Uint8Array(sample).buffer)]
}

describe('readAvro() reads what fastavro wrote:', () => {
  for (const { what, schema, reader, fields, datatype, values } of cases) {
    it(what, () => {
      const read = readAvro(schemaOf(schema), {
        reader: reader ? schemaOf(reader) : undefined,
        fields,
      })
      for (const [hex, numbers] of values) {
        assert.deepEqual(flat(read(Buffer.from(hex, 'hex')), datatype), numbers)
      }
    })
  }
})

const floats = { type: 'array', items: 'float' }
const record = (fields: Record<string, unknown>) => ({
  type: 'record',
  name: 'R',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
})
const decimal = { type: 'bytes', logicalType: 'decimal', precision: 4 }
const uuid = { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' }

describe('readAvro() reads by hand', () => {
  it('blocks that say their size', () => {
    const read = readAvro(schemaOf({ type: 'array', items: 'int' }), {})
    // -2 items in 2 bytes: 1, 2; then 1 item: 3; then the end.
    assert.deepEqual(read(Uint8Array.of(3, 4, 2, 4, 2, 6, 0)), [1, 2, 3])
  })

  it('bytes that are no Buffer and lie within others', () => {
    const read = readAvro(schemaOf('bytes'), {})
    assert.deepEqual(flat(read(Uint8Array.of(9, 4, 1, 2, 9).subarray(1, 4))), [1, 2])
  })
})

it('readAvro() gives a sample or ERR_TENSOR, at once, for broken values', {
  timeout: 10_000,
}, () => {
  const random = randomNumbers(7)
  let refused = 0
  for (const { schema, reader, fields, values } of cases) {
    const read = readAvro(schemaOf(schema), {
      reader: reader ? schemaOf(reader) : undefined,
      fields,
    })
    for (const [hex] of values) {
      for (let round = 0; round < 300; round++) {
        const bytes = Buffer.from(hex, 'hex')
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
        const length = random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length
        try {
          read(bytes.subarray(0, length))
        } catch (error) {
          assert.ok(isFoglineError(error, 'ERR_TENSOR'), String(error))
          refused++
        }
      }
    }
  }
  assert.ok(refused > 1_000)
})

describe('readAvro() refuses a schema', () => {
  for (const [what, schema, options, message] of [
    ['without numbers', 'string', {}, /string \(numbers, arrays of them or bytes\)/],
    ['of texts', { type: 'array', items: 'string' }, {}, /array \(numbers/],
    ['of a decimal', decimal, {}, /bytes \(numbers/],
    ['of a UUID', uuid, {}, /fixed "U"/],
    ['of records', { type: 'array', items: record({ a: 'int' }) }, {}, /array \(numbers/],
    ['with text among its fields', record({ a: 'float', b: 'string' }), {}, /leaves open which/],
    ['with two arrays', record({ a: floats, b: floats }), {}, /leaves open which/],
    ['with an array and a number', record({ a: floats, b: 'long' }), {}, /leaves open which/],
    ['without a field', record({ a: 'int' }), { fields: ['b'] }, /"b" is missing \(there are a\)/],
    ['whose field is text', record({ a: 'string' }), { fields: ['a'] }, /field "a" is string/],
    [
      'whose fields are numbers and an array',
      record({ a: 'int', b: floats }),
      { fields: ['a', 'b'] },
      /field "b" of 2 is array \(a number\)/,
    ],
    [
      "that does not fit the reader's",
      floats,
      { reader: schemaOf({ type: 'array', items: 'int' }) },
      /does not fit the reader's/,
    ],
  ] as const) {
    it(what, () => {
      assert.throws(
        () => readAvro(schemaOf(schema), options),
        (error) => isFoglineError(error, 'ERR_TENSOR') && message.test(error.message),
      )
    })
  }
})

/** The bytes of an Avro long. */
function long(value: bigint): readonly number[] {
  const bytes: number[] = []
  let code = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; code > 0x7fn; code >>= 7n) bytes.push(Number(code & 0x7fn) | 0x80)
  return [...bytes, Number(code)]
}

const chain = record({ v: 'int', next: ['null', 'R'] })
const itself = record({ v: 'int', self: 'R' })
const loose = { fields: ['v'] }
const nulls = record({ v: 'int', none: { type: 'array', items: 'null' } })
const sized = record({ skipped: { type: 'map', values: 'int' }, v: 'int' })

describe('readAvro() refuses, at once, a value', () => {
  for (const [what, schema, options, bytes, cause] of [
    ['that is empty', floats, {}, [], /ends too early/],
    ['that ends too early', floats, {}, [4, 0, 0, 0x80, 0x3f, 0, 0], /8 bytes are missing/],
    ['with bytes left over', 'int', {}, [2, 2], /1 bytes are left over/],
    ['with more items than bytes', floats, {}, [...long(2n ** 50n), 0], /bytes are missing/],
    [
      'with more ints than bytes',
      { type: 'array', items: 'int' },
      {},
      [...long(2n ** 50n), 0],
      /too early/,
    ],
    ['with items of no bytes', nulls, loose, [2, ...long(2n ** 50n), 0], /items without bytes/],
    [
      'with a block that goes back',
      sized,
      loose,
      [1, 3, 0, 0, 2],
      /block has \d+ bytes \(it says -2\)/,
    ],
    ['with a text of negative length', 'bytes', {}, [3], /-2 bytes are missing/],
    ['with a branch that is missing', ['null', 'int'], {}, [4], /branch 2 is missing/],
    ['with a negative branch', ['null', 'int'], {}, [1], /branch -1 is missing/],
    ['with an int of 33 bits', 'int', {}, long(2n ** 32n), /is no int/],
    ['with a long beyond 2^53', 'long', {}, long(2n ** 53n), /cannot be read exactly/],
    ['with a long below -2^52', 'long', {}, long(-(2n ** 52n) - 1n), /cannot be read exactly/],
    ['with the smallest long', 'long', {}, long(-(2n ** 63n)), /cannot be read exactly/],
    ['with the largest long', 'long', {}, long(2n ** 63n - 1n), /cannot be read exactly/],
    [
      'with a large long for a double',
      'long',
      { reader: schemaOf('double') },
      long(2n ** 60n + 1n),
      /cannot be read exactly/,
    ],
    ['with an integer without end', 'long', {}, Array(11).fill(0xff), /more than 10 bytes/],
    ['nested too deeply', chain, loose, Array(200).fill(2), /64 records deep/],
    ['that contains itself', itself, loose, Array(200).fill(2), /64 records deep/],
  ] as const) {
    it(what, { timeout: 1_000 }, () => {
      const read = readAvro(schemaOf(schema), options)
      assert.throws(
        () => read(Uint8Array.from(bytes)),
        (error) =>
          isFoglineError(error, 'ERR_TENSOR') &&
          error.message === 'Cannot read record: its value is not Avro of its schema' &&
          error.cause instanceof RangeError &&
          cause.test(error.cause.message),
      )
    })
  }

  for (const [what, schema, bytes] of [
    ['that is null', ['null', 'int'], [0]],
    ['with null among its items', { type: 'array', items: ['null', 'int'] }, [2, 0, 0]],
    ['of a branch without numbers', ['string', 'int'], [0, 2, 0x61]],
  ] as const) {
    it(what, () => {
      const read = readAvro(schemaOf(schema), {})
      assert.throws(
        () => read(Uint8Array.from(bytes)),
        (error) => isFoglineError(error, 'ERR_TENSOR') && /null|"string"/.test(error.message),
      )
    })
  }
})

const deep = `${'{"type":"array","items":'.repeat(20_000)}"int"${'}'.repeat(20_000)}`

describe('parseAvroSchema() refuses', () => {
  for (const [what, text, cause] of [
    ['what is no JSON', '{', /JSON/],
    ['an unknown type', '"pixels"', /undefined type name/],
    ['a name that is code', '{"type":"record","name":"a;b","fields":[]}', /name/],
    ['a name of Object', '"constructor"', /undefined type name/],
    ['null', 'null', /null/],
    ['nested schemas without end', deep, /call stack/],
    ['more than a million characters', `"${'x'.repeat(1_000_000)}"`, /1000002 characters/],
  ] as const) {
    it(what, () => {
      assert.throws(
        () => parseAvroSchema(text),
        (error) =>
          isFoglineError(error, 'ERR_TENSOR') &&
          error.cause instanceof Error &&
          cause.test(error.cause.message),
      )
    })
  }

  it('a type that the references do not define, but not one that they do', () => {
    const points = '{"type":"array","items":"org.example.Value"}'
    const value = '{"type":"fixed","name":"Value","namespace":"org.example","size":1}'
    assert.throws(() => parseAvroSchema(points), /Cannot use Avro schema/)
    assert.equal(parseAvroSchema(points, [value]).type.typeName, 'array')
  })
})
