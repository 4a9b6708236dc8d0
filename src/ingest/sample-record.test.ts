import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Tensor } from '../core/tensor.ts'
import { writeNpy } from '../formats/npy.ts'
import { isFoglineError } from '../std/errors.ts'
import { SAMPLE_READERS, type SampleInput, type SampleValue } from './sample-record.ts'

const raw: SampleInput = { format: 'raw', datatype: 'UINT8', shape: [1, 2] }
const json: SampleInput = { ...raw, format: 'json' }
const avro: SampleInput = { ...raw, format: 'avro' }
const fields: SampleInput = { ...json, fields: ['a', 'b'] }

const doubles = (shape: readonly number[], ...values: number[]): Uint8Array =>
  writeNpy({ datatype: 'FP64', shape, data: Float64Array.from(values) } satisfies Tensor)

function read(type: string, body: Uint8Array, input: SampleInput): SampleValue {
  const reader = SAMPLE_READERS.get(`application/${type}`)
  assert.ok(reader)
  return reader(body, input)
}

describe('SAMPLE_READERS', () => {
  const tensor = { 'fogline-datatype': 'UINT8', 'fogline-shape': '1,2' }
  const bytes = Uint8Array.of(1, 2)
  const text = Buffer.from('[1, 2]')
  const object = Buffer.from('{"b": 2, "a": 1}')
  const cases: readonly (readonly [string, string, Uint8Array, SampleInput, Uint8Array, object])[] =
    [
      ['raw bytes for a raw tier', 'octet-stream', bytes, raw, bytes, tensor],
      ['raw bytes for a JSON tier', 'octet-stream', bytes, json, bytes, tensor],
      ['JSON for a raw tier', 'json', text, raw, bytes, tensor],
      ['JSON for an Avro tier', 'json', text, avro, bytes, tensor],
      ['raw bytes for an Avro tier', 'octet-stream', bytes, avro, bytes, tensor],
      ['JSON for a JSON tier, as it is', 'json', text, json, text, {}],
      ['a JSON object by its fields, as it is', 'json', object, fields, object, {}],
      ['.npy of another datatype', 'x-npy', doubles([1, 2], 1, 2), raw, bytes, tensor],
      ['.npy with a batch of one', 'x-npy', doubles([1, 1, 2], 1, 2), raw, bytes, tensor],
      ['.npy for a JSON tier', 'x-npy', doubles([1, 2], 1, 2), json, bytes, tensor],
    ]
  for (const [what, type, body, input, value, headers] of cases) {
    it(`reads ${what}`, () => {
      const sample = read(type, body, input)
      assert.deepEqual(Buffer.from(sample.value), Buffer.from(value))
      const pairs = sample.headers.map(([name, bytes]) => [name, Buffer.from(bytes).toString()])
      assert.deepEqual(Object.fromEntries(pairs), headers)
    })
  }

  const refused: readonly (readonly [string, string, Uint8Array, SampleInput, RegExp])[] = [
    [
      'raw bytes of another size',
      'octet-stream',
      Uint8Array.of(1),
      raw,
      /has 1 bytes \(expected 2/,
    ],
    ['no bytes', 'octet-stream', new Uint8Array(), raw, /has 0 bytes/],
    ['broken JSON', 'json', Buffer.from('[1,'), json, /Cannot read sample: it is not JSON/],
    [
      'JSON that is not UTF-8',
      'json',
      Uint8Array.of(0xff),
      json,
      /Cannot read sample: it is not JSON/,
    ],
    ['JSON of another shape', 'json', Buffer.from('[1,2,3]'), json, /shape \[3\]/],
    ['JSON beyond the datatype', 'json', Buffer.from('[1,256]'), json, /value 256/],
    ['.npy of another shape', 'x-npy', doubles([2], 1, 2), raw, /FP64 \[2\], not one sample/],
    ['.npy of a batch', 'x-npy', doubles([2, 1, 2], 1, 2, 3, 4), raw, /not one sample/],
    ['.npy beyond the datatype', 'x-npy', doubles([1, 2], 0.5, 2), raw, /value 0.5/],
    ['what is no .npy', 'x-npy', bytes, raw, /magic/],
  ]
  for (const [what, type, body, input, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => read(type, body, input),
        (error) => isFoglineError(error, 'ERR_TENSOR') && message.test(error.message),
      )
    })
  }
})
