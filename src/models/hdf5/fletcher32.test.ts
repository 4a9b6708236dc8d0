import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fletcher32 } from './fletcher32.ts'

describe('fletcher32', () => {
  // Of the first bytes 0, 7, 14 … (modulo 256), as h5py 3.14 stores it.
  for (const [count, checksum] of [
    [1, 0x00000000],
    [2, 0x00070007],
    [3, 0x0e0e0e07],
    [720, 0xf8da9a71],
    [721, 0x434d4a72],
    [1441, 0x2d041765],
    [10000, 0x39b7d377],
  ] as const) {
    it(`is HDF5's for ${count} bytes`, () => {
      const bytes = Uint8Array.from({ length: count }, (_, index) => index * 7)
      assert.equal(fletcher32(bytes), checksum)
    })
  }
})
