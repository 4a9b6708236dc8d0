import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { afterFailure, type Failed, type Next } from './after-failure.ts'

const rows: readonly [Partial<Failed>, Next][] = [
  [{ fault: 'surroundings', count: 1 }, { kind: 'hold' }],
  [{ fault: 'surroundings', count: 8 }, { kind: 'hold' }],
  [
    { fault: 'records', count: 8 },
    { kind: 'halve', held: false },
  ],
  [
    { fault: 'records', count: 1 },
    { kind: 'give-up', attempts: 1 },
  ],
  [
    { fault: 'function', count: 2 },
    { kind: 'halve', held: false },
  ],
  [{ fault: 'function', count: 1 }, { kind: 'again' }],
  [{ fault: 'function', count: 1, failures: 3 }, { kind: 'again' }],
  [
    { fault: 'function', count: 1, failures: 4 },
    { kind: 'give-up', attempts: 5 },
  ],
  [
    { fault: 'unclear', count: 2 },
    { kind: 'halve', held: true },
  ],
  [{ fault: 'unclear', count: 1, failures: 4 }, { kind: 'hold' }],
  [{ fault: 'unclear', count: 1, othersSucceeded: true }, { kind: 'again' }],
  [
    { fault: 'unclear', count: 1, failures: 4, othersSucceeded: true },
    { kind: 'give-up', attempts: 5 },
  ],
]

describe('afterFailure()', () => {
  for (const [failed, next] of rows) {
    it(`is ${JSON.stringify(next)} for ${JSON.stringify(failed)}`, () => {
      const rest = { fault: 'function', count: 1, failures: 0, othersSucceeded: false } as const
      assert.deepEqual(afterFailure({ ...rest, ...failed }), next)
    })
  }
})
