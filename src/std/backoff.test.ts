import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backoffMs } from './backoff.ts'

describe('backoffMs()', () => {
  for (const [failures, random, delayMs] of [
    [1, 1, 100],
    [1, 0.25, 25],
    [2, 1, 200],
    [4, 1, 800],
    [7, 1, 5_000],
    [5_000, 1, 5_000],
    [3, 0, 0],
  ] as const) {
    it(`is ${delayMs} after ${failures} failures where random() is ${random}`, () => {
      assert.equal(
        backoffMs(failures, { baseMs: 100, maxMs: 5_000 }, () => random),
        delayMs,
      )
    })
  }
})
