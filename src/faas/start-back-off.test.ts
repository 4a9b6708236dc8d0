import assert from 'node:assert/strict'
import { it } from 'node:test'
import { backOffMs, StartBackOff } from './start-back-off.ts'

for (const [failures, expected] of [
  [0, 0],
  [1, 250],
  [2, 500],
  [6, 8_000],
  [7, 15_000],
  [2_000, 15_000],
] as const) {
  it(`backOffMs() is ${expected} after ${failures} failed starts`, () => {
    assert.equal(backOffMs(failures), expected)
  })
}

it('StartBackOff waits after failures in a row, and no more after a success', () => {
  let time = 1_000
  const backOff = new StartBackOff(() => time)
  assert.equal(backOff.waitMs, 0)
  backOff.failed('no model')
  assert.equal(backOff.waitMs, 250)
  assert.equal(backOff.reason, 'no model')
  time += 250
  assert.equal(backOff.waitMs, 0)
  backOff.failed('no model')
  assert.equal(backOff.waitMs, 500)
  backOff.succeeded()
  assert.equal(backOff.waitMs, 0)
})
