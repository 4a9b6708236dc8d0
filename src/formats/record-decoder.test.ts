import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Header, ReceivedRecord } from '../core/broker.ts'
import { textHeader } from '../core/headers.ts'
import { isFoglineError } from '../std/errors.ts'
import { parseAvroSchema } from './avro/schema.ts'
import { type ResolvedInput, recordDecoder } from './record-decoder.ts'
import { scaleInto } from './scale.ts'

const bytes: ResolvedInput = {
  format: 'raw',
  datatype: 'UINT8',
  shape: [2, 2],
  scale: 1,
  offset: 0,
  modelDatatype: 'FP32',
}

function recordOf(value: Uint8Array, headers: readonly Header[] = []): ReceivedRecord {
  return {
    topic: 'in',
    topicId: 't',
    partition: 0,
    offset: 0,
    timestampMs: 0,
    key: undefined,
    value,
    headers,
  }
}

function rawOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value))

function read(input: Partial<ResolvedInput>, record: ReceivedRecord): readonly unknown[] {
  const decoder = recordDecoder({ ...bytes, ...input })
  const batch = decoder.begin(2)
  batch.add(record)
  const { tensor, scaling } = batch.finish()
  assert.equal(tensor.shape[0], 1)
  if (!scaling) return Array.from<unknown>(tensor.data)
  // What travels as bytes: scaled as the function does it.
  const values = new Float32Array(tensor.data.length)
  scaleInto(scaling, 'FP32')(tensor, { ...tensor, datatype: 'FP32', data: values }, 0)
  return Array.from<unknown>(values)
}

const float = textHeader('fogline-datatype', 'FP32')
const avro = (schema: unknown, more: Partial<ResolvedInput> = {}): Partial<ResolvedInput> => ({
  format: 'avro',
  schema: parseAvroSchema(JSON.stringify(schema)),
  ...more,
})
const unaligned = new Uint8Array(17).subarray(1)
unaligned.set(rawOf(Float32Array.of(1, 2, 3, 4)))

for (const [what, input, record, values] of [
  ['bytes', {}, recordOf(Uint8Array.of(0, 1, 2, 255)), [0, 1, 2, 255]],
  [
    'bytes, scaled',
    { scale: 0.5, offset: -1 },
    recordOf(Uint8Array.of(0, 1, 2, 255)),
    [-1, -0.5, 0, 126.5],
  ],
  ['floats, by their header', {}, recordOf(unaligned, [float]), [1, 2, 3, 4]],
  [
    'floats, scaled',
    { datatype: 'FP32', scale: 2, offset: 1 },
    recordOf(rawOf(Float32Array.of(1, 2, 3, 4))),
    [3, 5, 7, 9],
  ],
  [
    "a shape that is the model's",
    {},
    recordOf(new Uint8Array(4), [textHeader('fogline-shape', '2,2')]),
    [0, 0, 0, 0],
  ],
  [
    'bytes for a model of 64-bit integers',
    { modelDatatype: 'INT64' },
    recordOf(Uint8Array.of(1, 2, 3, 4)),
    [1n, 2n, 3n, 4n],
  ],
  [
    'nested JSON',
    { format: 'json' },
    recordOf(
      json([
        [1, 2],
        [3, 4],
      ]),
    ),
    [1, 2, 3, 4],
  ],
  ['flat JSON, scaled', { format: 'json', scale: 2 }, recordOf(json([1, 2, 3, 4])), [2, 4, 6, 8]],
  [
    'fields of a JSON object',
    { format: 'json', datatype: 'FP32', shape: [2], fields: ['b', 'a'] },
    recordOf(json({ a: 1.5, b: 2.5, c: 9 })),
    [2.5, 1.5],
  ],
  [
    'an Avro array, scaled',
    avro({ type: 'array', items: 'int' }, { scale: 2 }),
    recordOf(Uint8Array.of(8, 2, 4, 6, 8, 0)),
    [2, 4, 6, 8],
  ],
  ['Avro bytes', avro('bytes'), recordOf(Uint8Array.of(8, 0, 1, 2, 255)), [0, 1, 2, 255]],
  [
    'Avro bytes of the datatype in their header',
    avro('bytes', { shape: [1] }),
    recordOf(Uint8Array.of(8, 0, 0, 0x80, 0x3f), [float]),
    [1],
  ],
  [
    'raw bytes with both headers on a topic of Avro',
    avro('bytes'),
    recordOf(unaligned, [float, textHeader('fogline-shape', '2,2')]),
    [1, 2, 3, 4],
  ],
] as const) {
  it(`recordDecoder() reads ${what} into its row`, () => {
    assert.deepEqual(read(input, record), values)
  })
}

describe('recordDecoder() throws ERR_TENSOR', () => {
  for (const [what, input, record, message] of [
    ['a value of another size', {}, recordOf(new Uint8Array(5)), /5 bytes \(expected 4/],
    [
      "a shape that is not the model's",
      {},
      recordOf(new Uint8Array(4), [textHeader('fogline-shape', '4')]),
      /"4" \(expected "2,2"\)/,
    ],
    [
      'a datatype that is none',
      {},
      recordOf(new Uint8Array(4), [textHeader('fogline-datatype', 'float')]),
      /"fogline-datatype" is "float"/,
    ],
    [
      'NaN',
      { datatype: 'FP32' },
      recordOf(rawOf(Float32Array.of(1, NaN, 3, 4))),
      /NaN or infinite/,
    ],
    [
      'an infinity, scaled',
      { datatype: 'FP32', scale: 2 },
      recordOf(rawOf(Float32Array.of(1, Infinity, 3, 4))),
      /NaN or infinite/,
    ],
    [
      'what does not fit the model',
      { datatype: 'FP32', modelDatatype: 'UINT8' },
      recordOf(rawOf(Float32Array.of(1, 2, 300, 4))),
      /300 does not fit/,
    ],
    ['what is no JSON', { format: 'json' }, recordOf(Buffer.from('{')), /not JSON/],
    ['what is no UTF-8', { format: 'json' }, recordOf(Uint8Array.of(0xff)), /not JSON/],
    [
      'JSON of another shape',
      { format: 'json' },
      recordOf(json([1, 2, 3])),
      /shape \[3\] \(expected UINT8 \[2, 2\]\)/,
    ],
    [
      'Avro that ends too early',
      avro('bytes'),
      recordOf(Uint8Array.of(8, 0)),
      /not Avro of its schema/,
    ],
    [
      'Avro bytes of another size',
      avro('bytes'),
      recordOf(Uint8Array.of(2, 0)),
      /1 bytes \(expected 4/,
    ],
    [
      'an Avro array of another size',
      avro({ type: 'array', items: 'int' }),
      recordOf(Uint8Array.of(2, 2, 0)),
      /shape \[1\] \(expected UINT8 \[2, 2\]\)/,
    ],
    [
      'NaN in Avro',
      avro('double', { datatype: 'FP64', shape: [1] }),
      recordOf(rawOf(Float64Array.of(NaN))),
      /NaN or infinite/,
    ],
    ['JSON of texts', { format: 'json' }, recordOf(json([1, 2, 3, '4'])), /a string/],
  ] as const) {
    it(`for ${what}`, () => {
      assert.throws(
        () => read(input, record),
        (error) => isFoglineError(error, 'ERR_TENSOR') && message.test(error.message),
      )
    })
  }
})

it('a batch of bytes stays bytes, until a sample of another datatype comes', () => {
  const decoder = recordDecoder({ ...bytes, scale: 0.5 })
  const batch = decoder.begin(3)
  batch.add(recordOf(Uint8Array.of(0, 1, 2, 3)))
  assert.throws(() => batch.add(recordOf(Uint8Array.of(1))), isFoglineError)
  assert.deepEqual(batch.finish(), {
    tensor: { datatype: 'UINT8', shape: [1, 2, 2], data: Uint8Array.of(0, 1, 2, 3) },
    scaling: { scale: 0.5, offset: 0 },
  })
  batch.add(recordOf(rawOf(Float32Array.of(4, 5, 6, 7)), [float]))
  batch.add(recordOf(Uint8Array.of(8, 9, 10, 11)))
  const { tensor, scaling } = batch.finish()
  assert.equal(scaling, undefined)
  assert.deepEqual(
    Array.from(tensor.data, Number),
    [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5],
  )
})
