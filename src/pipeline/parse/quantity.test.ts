import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DURATION, durationMs, SIZE, sizeBytes } from './quantity.ts'

for (const [text, expected] of [
  ['250ms', 250],
  ['30s', 30_000],
  ['15m', 900_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
] as const) {
  it(`durationMs() of ${text} is ${expected}`, () => assert.equal(durationMs(text), expected))
}

for (const [text, expected] of [
  ['1B', 1],
  ['2KB', 2_000],
  ['2KiB', 2_048],
  ['3GB', 3e9],
] as const) {
  it(`sizeBytes() of ${text} is ${expected}`, () => assert.equal(sizeBytes(text), expected))
}

it('neither takes another text', () => {
  for (const text of ['', '7', 'd', '-1d', '1.5h', '1 d', '1W']) {
    assert.equal(DURATION.test(text) || SIZE.test(text), false, text)
    assert.throws(() => durationMs(text), RangeError)
  }
})
