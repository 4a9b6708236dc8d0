import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { aheadFromText, aheadToText } from './ahead.ts'

it('what is finished ahead reads back as it was', () => {
  const gaps = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 })),
    {
      maxLength: 100,
    },
  )
  fc.assert(
    fc.property(fc.nat(1e12), gaps, (next, steps) => {
      let at = next
      const ranges = steps.map(([gap, length]) => {
        const start = at + gap
        at = start + length
        return { start, end: at }
      })
      assert.deepEqual(aheadFromText(next, aheadToText(next, ranges)), ranges)
    }),
  )
})

it('every second of 20 000 offsets fits the 4 096 characters that a broker takes', () => {
  const ranges = Array.from({ length: 10_000 }, (_, at) => ({ start: 2 * at + 1, end: 2 * at + 2 }))
  const text = aheadToText(0, ranges)
  assert.ok(text.length <= 4_096)
  assert.equal(aheadFromText(0, text).length, 10_000)
})

it('what does not fit is left out, never added', () => {
  const random = (at: number) => Math.sin(at * 12.9898) * 43758.5453
  const ranges = Array.from({ length: 40_000 }, (_, at) => at)
    .filter((at) => random(at) - Math.floor(random(at)) > 0.5)
    .map((at) => ({ start: at + 1, end: at + 2 }))
  const text = aheadToText(0, ranges)
  assert.ok(text.length <= 4_096)
  const finished = new Set(ranges.map(({ start }) => start))
  const read = aheadFromText(0, text)
  assert.ok(read.length > 1_000)
  for (const { start, end } of read) {
    for (let at = start; at < end; at++) assert.ok(finished.has(at), `${at}`)
  }
})

for (const text of ['', 'of another client', 'fogline1:', 'fogline1:!!!', 'fogline1:AAAA', null]) {
  it(`aheadFromText() of ${JSON.stringify(text)} is nothing`, () => {
    assert.deepEqual(aheadFromText(7, text), [])
  })
}
