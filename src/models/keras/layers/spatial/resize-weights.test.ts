import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { INTERPOLATIONS, type Resampling } from './resize-weights.ts'

function tapsOf(name: string, resampling: Partial<Resampling>) {
  const weights = INTERPOLATIONS.get(name)
  assert.ok(weights)
  return weights({ from: 4, to: 4, isAntialiased: false, ...resampling })
}

describe('INTERPOLATIONS', () => {
  it('nearest takes the pixel under the middle', () => {
    const starts = (from: number, to: number) =>
      tapsOf('nearest', { from, to }).map(({ start }) => start)
    assert.deepEqual(starts(4, 2), [1, 3])
    assert.deepEqual(starts(2, 5), [0, 0, 1, 1, 1])
  })

  it('bilinear weighs the two pixels around, the edge alone', () => {
    assert.deepEqual(tapsOf('bilinear', { from: 2, to: 4 }), [
      { start: 0, weights: [1] },
      { start: 0, weights: [0.75, 0.25] },
      { start: 0, weights: [0.25, 0.75] },
      { start: 1, weights: [1] },
    ])
  })

  it('area weighs pixels by the part that is covered', () => {
    assert.deepEqual(tapsOf('area', { from: 3, to: 2 }), [
      { start: 0, weights: [2 / 3, 1 / 3] },
      { start: 1, weights: [1 / 3, 2 / 3] },
    ])
  })

  it('antialiasing looks at all pixels that one is made of', () => {
    const widths = (isAntialiased: boolean) =>
      tapsOf('lanczos3', { from: 40, to: 10, isAntialiased }).map(({ weights }) => weights.length)
    assert.equal(Math.max(...widths(false)), 6)
    assert.equal(Math.max(...widths(true)), 24)
  })

  for (const name of INTERPOLATIONS.keys()) {
    it(`${name} stays within the image, with weights that sum to 1`, () => {
      for (const [from, to] of [
        [1, 7],
        [7, 1],
        [5, 13],
        [13, 5],
        [6, 6],
      ] as const) {
        for (const isAntialiased of [false, true]) {
          const taps = tapsOf(name, { from, to, isAntialiased })
          assert.equal(taps.length, to)
          for (const { start, weights } of taps) {
            assert.ok(start >= 0 && weights.length >= 1 && start + weights.length <= from)
            assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-6)
          }
        }
      }
    })
  }
})
