import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { indicesOf } from './slice-spec.ts'

const ENDLESS = 2 ** 31 - 1

describe('indicesOf', () => {
  for (const [title, range, expected] of [
    ['[1:3]', [1, 3, 1], [1, 2]],
    ['[-2:]', [-2, ENDLESS, 1], [3, 4]],
    ['[:-1:2]', [0, -1, 2], [0, 2]],
    ['[::-1]', [ENDLESS, -ENDLESS, -1], [4, 3, 2, 1, 0]],
    ['[3:0:-2]', [3, 0, -2], [3, 1]],
    ['[9:]', [9, ENDLESS, 1], []],
    ['[3:1]', [3, 1, 1], []],
  ] as const) {
    it(`takes ${JSON.stringify(expected)} by ${title}, as NumPy does`, () => {
      const [start, end, step] = range
      assert.deepEqual(indicesOf(5, { start, end, step }), expected)
    })
  }
})
