import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DATATYPES, elementCount, tensorToBytes, zeros } from '../core/tensor.ts'
import { isFoglineError } from '../std/errors.ts'
import { readNpy, writeNpy } from './npy.ts'

/** A file as NumPy writes it: magic, version, length of the header, the header, the elements. */
function npy(dictionary: string, elements: readonly number[], version = 1): Uint8Array {
  const text = new TextEncoder().encode(`${dictionary}\n`)
  const { length } = text
  const size = version === 1 ? [length & 255, length >> 8] : [length & 255, length >> 8, 0, 0]
  return Uint8Array.of(0x93, ...Buffer.from('NUMPY'), version, 0, ...size, ...text, ...elements)
}

const dictionary = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`

describe('readNpy()', () => {
  const files: readonly (readonly [string, Uint8Array, string, number[], number[]])[] = [
    ['bool', npy(dictionary('|b1', '(3,)'), [0, 1, 7]), 'BOOL', [3], [0, 1, 1]],
    ['a scalar', npy(dictionary('|u1', '()'), [9]), 'UINT8', [], [9]],
    [
      'little-endian int16',
      npy(dictionary('<i2', '(2,)'), [1, 0, 255, 255]),
      'INT16',
      [2],
      [1, -1],
    ],
    ['big-endian int16', npy(dictionary('>i2', '(2,)'), [0, 1, 255, 255]), 'INT16', [2], [1, -1]],
    ['big-endian float32', npy(dictionary('>f4', '(1,)'), [0x3f, 0xc0, 0, 0]), 'FP32', [1], [1.5]],
    ['float16', npy(dictionary('<f2', '(1,)'), [0, 0x3e]), 'FP16', [1], [1.5]],
    ['int64', npy(dictionary('<i8', '(1,)'), [2, 0, 0, 0, 0, 0, 0, 0]), 'INT64', [1], [2]],
    ['version 2.0', npy(dictionary('|u1', '(1, 2)'), [3, 4], 2), 'UINT8', [1, 2], [3, 4]],
    ['version 3.0', npy(dictionary('|u1', '(1, 2)'), [3, 4], 3), 'UINT8', [1, 2], [3, 4]],
    ["Python 2's long sizes", npy(dictionary('|u1', '(2L, 1L)'), [3, 4]), 'UINT8', [2, 1], [3, 4]],
    ['an empty batch', npy(dictionary('<f4', '(0, 3)'), []), 'FP32', [0, 3], []],
    [
      'Fortran order',
      npy(dictionary('|u1', '(2, 3)', 'True'), [1, 4, 2, 5, 3, 6]),
      'UINT8',
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
    [
      'big-endian Fortran order on three axes',
      npy(dictionary('>u2', '(2, 1, 2)', 'True'), [0, 1, 0, 3, 0, 2, 0, 4]),
      'UINT16',
      [2, 1, 2],
      [1, 2, 3, 4],
    ],
  ]
  for (const [what, file, datatype, shape, values] of files) {
    it(`reads ${what}`, () => {
      const tensor = readNpy(file)
      assert.equal(tensor.datatype, datatype)
      assert.deepEqual(tensor.shape, shape)
      assert.deepEqual(Array.from(tensor.data, Number), values)
    })
  }

  const good = npy(dictionary('<f4', '(1,)'), [0, 0, 0, 0])
  const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['an empty file', new Uint8Array(), /magic/],
    ['another file', Buffer.from('PK\x03\x04 and so on'), /magic/],
    ['version 4', npy(dictionary('<f4', '(1,)'), [0, 0, 0, 0], 4), /version 4/],
    ['a file cut within its header', good.subarray(0, 30), /ends within its header/],
    ['a file cut after its version', good.subarray(0, 8), /ends within its header/],
    ['a file cut within its elements', good.subarray(0, -1), /holds 3 bytes \(expected 4/],
    ['bytes after its elements', Uint8Array.of(...good, 0), /holds 5 bytes \(expected 4/],
    ['text', npy(dictionary('<U5', '(1,)'), []), /type "<U5" is not supported/],
    ['complex numbers', npy(dictionary('<c8', '(1,)'), []), /type "<c8" is not supported/],
    ['pickled objects', npy(dictionary('|O', '(1,)'), []), /type "\|O" is not supported/],
    ['a record type', npy("{'descr': [('a', '<f4')], 'shape': (1,)}", []), /not supported/],
    ['a header without shape', npy("{'descr': '<f4', 'fortran_order': False}", []), /lacks/],
    ['negative sizes', npy(dictionary('<f4', '(-1,)'), []), /lacks/],
    ['a huge shape', npy(dictionary('<f4', '(99999999999, 99999999999)'), []), /is not one/],
    ['many elements in a small file', npy(dictionary('<f4', '(4000000000,)'), []), /holds 0/],
    ['33 axes', npy(dictionary('|u1', `(${'1, '.repeat(33)})`), [1]), /is not one/],
    ['a long header', npy(dictionary('|u1', `(1,${' '.repeat(20_000)})`), [1]), /at most 10000/],
  ]
  for (const [what, file, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => readNpy(file),
        (error) => isFoglineError(error, 'ERR_TENSOR') && message.test(error.message),
      )
    })
  }
})

describe('writeNpy()', () => {
  it('gives back every datatype and shape by readNpy()', () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(
        fc.constantFrom(...DATATYPES),
        shapes,
        fc.infiniteStream(fc.nat(1)),
        (type, shape, bits) => {
          const tensor = zeros(type, shape)
          const bytes = tensorToBytes(tensor)
          for (let at = 0; at < bytes.length; at++) bytes[at] = Number(bits.next().value)
          assert.deepEqual(readNpy(writeNpy(tensor)), tensor)
          assert.equal(tensor.data.length, elementCount(shape))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('starts the elements at a multiple of 64 bytes', () => {
    for (const shape of [[], [1], [3, 28, 28, 1]]) {
      assert.equal((writeNpy(zeros('FP32', shape)).byteLength - elementCount(shape) * 4) % 64, 0)
    }
  })
})
