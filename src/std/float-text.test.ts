import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { floatText } from './float-text.ts'

describe('floatText()', () => {
  for (const [value, text] of [
    [0.1, '0.1'],
    [0.98, '0.98'],
    [1 / 3, '0.33333334'],
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [-2.5, '-2.5'],
    [16777216, '16777216'],
    [1e-7, '1e-7'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [1.401298464324817e-45, '1.4013e-45'],
    [1.1754943508222875e-38, '1.1754944e-38'],
  ] as const) {
    it(`is ${text} for the float nearest to ${value}`, () => {
      assert.equal(floatText(Math.fround(value)), text)
    })
  }

  it('reads back as the same float, from JSON, in no more digits than JavaScript knows', () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(float, (value) => {
        const text = floatText(value)
        assert.equal(Math.fround(JSON.parse(text)), value + 0)
        const digits = text.replace(/e.*/, '').replace(/\D/g, '').replace(/^0+/, '')
        if (!Number.isInteger(value)) assert.ok(digits.length <= 9, text)
      }),
      { numRuns: 2000 },
    )
  })
})
