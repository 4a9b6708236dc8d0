import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { pythonFloatText } from './python-float-text.ts'

const file = new URL('../../tests/fixtures/python/floats.json', import.meta.url)
const { texts } = JSON.parse(readFileSync(file, 'utf8')) as { texts: [string, string][] }

describe('pythonFloatText()', () => {
  it('is what Python 3.11 wrote for each number of the fixture', () => {
    assert.ok(texts.length > 400)
    for (const [bits, text] of texts) {
      assert.equal(pythonFloatText(Buffer.from(bits, 'hex').readDoubleBE()), text)
    }
  })

  for (const [value, text] of [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5142156371439341e-5, '1.5142156371439341e-05'],
    [9999999999999998, '9999999999999998.0'],
    [1e16, '1e+16'],
    [-1.5e-10, '-1.5e-10'],
    [1e100, '1e+100'],
  ] as const) {
    it(`is ${text} for ${value}`, () => assert.equal(pythonFloatText(value), text))
  }

  it('reads back as the same double', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(double, (value) => assert.equal(Number(pythonFloatText(value)), value)),
      { numRuns: 2000 },
    )
  })
})
