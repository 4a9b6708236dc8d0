import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import type { RunnableModel } from '../session.ts'
import { decodeRunnable, encodeRunnable } from './runnable-bytes.ts'

const MODEL: RunnableModel = {
  onnx: Uint8Array.of(8, 9),
  weights: [
    { path: 'c0', data: Uint8Array.of(1, 2, 3) },
    { path: 'c1', data: new Uint8Array() },
    { path: 'c2', data: Uint8Array.of(4) },
  ],
  version: '0123456789ab',
  inputKeys: ['/input_0'],
  outputKeys: ['/output_0'],
  inputs: [{ name: 'in “1”', datatype: 'FP16', shape: [-1, 2] }],
  outputs: [{ name: 'out', datatype: 'INT64', shape: [] }],
}

const encoded = (model: RunnableModel): Buffer => Buffer.concat(encodeRunnable(model))

/** `header` with a right checksum. */
function sealed(header: unknown, payload: Uint8Array): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = Buffer.concat([encoded(MODEL).subarray(0, 16), text, payload])
  bytes.writeUInt32LE(crc32(bytes.subarray(16)), 8)
  bytes.writeUInt32LE(text.length, 12)
  return bytes
}

describe('decodeRunnable()', () => {
  it('gives back what was encoded', () => {
    for (const model of [
      MODEL,
      { ...MODEL, batch: 7, foldedBytesMax: 9 },
      { ...MODEL, weights: [] },
    ]) {
      const decoded = decodeRunnable(encoded(model))
      const plain = (bytes: Uint8Array) => Uint8Array.from(bytes)
      assert.deepEqual(
        decoded && {
          ...decoded,
          onnx: plain(decoded.onnx),
          weights: decoded.weights?.map(({ path, data }) => ({ path, data: plain(data) })),
        },
        model,
      )
    }
  })

  it('notices every changed byte, and every cut', () => {
    const whole = encoded(MODEL)
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      assert.equal(decodeRunnable(changed), undefined, `byte ${at}`)
      assert.equal(decodeRunnable(whole.subarray(0, at)), undefined, `cut at ${at}`)
    }
    assert.equal(decodeRunnable(Buffer.concat([whole, Buffer.of(0)])), undefined)
  })

  const { onnx: _, weights: __, ...rest } = MODEL
  const header = { ...rest, onnxBytes: 1, weights: [['c0', 1]] }
  for (const [title, wrong] of [
    ['no JSON', '{'],
    ['no object', null],
    ['a version that is a number', { ...header, version: 1 }],
    ['a key that is a number', { ...header, inputKeys: [1] }],
    ['more keys than inputs', { ...header, inputKeys: ['a', 'b'] }],
    ['fewer keys than outputs', { ...header, outputKeys: [] }],
    ['an unknown datatype', { ...header, inputs: [{ name: 'a', datatype: 'TEXT', shape: [] }] }],
    ['half a size', { ...header, inputs: [{ name: 'a', datatype: 'FP32', shape: [0.5] }] }],
    ['an input that is null', { ...header, inputs: [null] }],
    ['a batch that is negative', { ...header, batch: -1 }],
    ['a bound that is a text', { ...header, foldedBytesMax: '1' }],
    ['a graph larger than there is', { ...header, onnxBytes: 3 }],
    ['a weight larger than there is', { ...header, weights: [['c0', 2]] }],
    ['a weight of negative size', { ...header, onnxBytes: 3, weights: [['c0', -1]] }],
    ['a weight that is a text', { ...header, weights: ['c0'] }],
  ] as const) {
    it(`gives nothing for a header with ${title}`, () => {
      assert.notEqual(decodeRunnable(sealed(header, Uint8Array.of(1, 2))), undefined)
      assert.equal(decodeRunnable(sealed(wrong, Uint8Array.of(1, 2))), undefined)
    })
  }
})
