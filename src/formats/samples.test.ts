import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import type { Tensor } from '../core/tensor.ts'
import { isFoglineError } from '../std/errors.ts'
import { writeNpy } from './npy.ts'
import { samplesFromFile } from './samples.ts'

const spec = { datatype: 'UINT8', shape: [1, 2] } as const

const doubles = (shape: readonly number[], ...values: number[]): Tensor => ({
  datatype: 'FP64',
  shape,
  data: Float64Array.from(values),
})

const picture = await sharp(Uint8Array.of(7, 7), { raw: { width: 2, height: 1, channels: 1 } })
  .png()
  .toBuffer()

describe('samplesFromFile()', () => {
  const files: readonly (readonly [string, string, Uint8Array, number[][]])[] = [
    ['one sample of a .npy', 'a.npy', writeNpy(doubles([1, 2], 1, 2)), [[1, 2]]],
    [
      'a batch of a .npy',
      'a.NPY',
      writeNpy(doubles([2, 1, 2], 1, 2, 3, 4)),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['JSON', 'a.json', Buffer.from('[[1, 2]]'), [[1, 2]]],
    ['raw bytes', 'a.bin', Uint8Array.of(1, 2), [[1, 2]]],
    [
      'raw samples back to back',
      'a.u8',
      Uint8Array.of(1, 2, 3, 4),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['an image', 'a.png', picture, [[7, 7]]],
  ]
  for (const [what, name, bytes, values] of files) {
    it(`reads ${what}`, async () => {
      const samples = await samplesFromFile(bytes, name, spec)
      assert.deepEqual(
        samples.map((sample) => Array.from(sample.data, Number)),
        values,
      )
      for (const { datatype, shape } of samples) assert.deepEqual({ datatype, shape }, spec)
    })
  }

  const refused: readonly (readonly [string, string, Uint8Array, RegExp])[] = [
    [
      'another shape',
      'a.npy',
      writeNpy(doubles([2], 1, 2)),
      /is UINT8 \[2\] \(expected \[1, 2\], or/,
    ],
    ['values that do not fit', 'a.npy', writeNpy(doubles([1, 2], 0.5, 2)), /value 0.5/],
    ['a piece of a sample', 'a.bin', Uint8Array.of(1, 2, 3), /3 bytes \(expected 2 for UINT8/],
    ['an empty file', 'a.bin', new Uint8Array(), /0 bytes/],
    ['broken JSON', 'a.json', Buffer.from('[1,'), /is not JSON/],
  ]
  for (const [what, name, bytes, message] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(
        samplesFromFile(bytes, name, spec),
        (error) => isFoglineError(error, 'ERR_TENSOR') && message.test(error.message),
      )
    })
  }
})
