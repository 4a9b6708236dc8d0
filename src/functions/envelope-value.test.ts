import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toFloats } from '../core/tensor.ts'
import { samplesOf, valueText } from './envelope-value.ts'

const IMAGES = { name: 'x', datatype: 'FP32', shape: [-1, 2, 2, 1] } as const

describe('samplesOf()', () => {
  for (const [what, value, shape] of [
    ['one image', '[[[[0], [1]], [[2], [3]]]]', [1, 2, 2, 1]],
    ['one image without its channel', '[[[0, 1], [2, 3]]]', [1, 2, 2, 1]],
    ['two of them', '[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]', [2, 2, 2, 1]],
  ] as const) {
    it(`reads ${what}`, () => {
      const samples = samplesOf(value, IMAGES)
      assert.deepEqual(samples.shape, shape)
      assert.deepEqual(toFloats(samples), Float32Array.from(toFloats(samples).keys()))
    })
  }

  it('refuses another shape', () => {
    assert.throws(() => samplesOf('[[0, 1]]', IMAGES), { code: 'ERR_TENSOR' })
  })

  it('refuses thousands of samples', () => {
    const value = JSON.stringify(Array.from({ length: 4_097 }, () => [1]))
    const spec = { name: 'x', datatype: 'FP32', shape: [-1, 1] } as const
    assert.throws(() => samplesOf(value, spec), { code: 'ERR_LIMIT' })
  })
})

describe('valueText()', () => {
  const batch = {
    datatype: 'FP32',
    shape: [2, 1, 2],
    data: Float32Array.of(1, 0.5, 1e-7, -2),
  } as const

  it('nests rows as their shape says, with numbers as Python writes them', () => {
    assert.equal(valueText(batch, [1]), '[[[1.0000000116860974e-07, -2.0]]]')
    assert.equal(valueText(batch, [0, 1]), '[[[1.0, 0.5]], [[1.0000000116860974e-07, -2.0]]]')
  })

  it('refuses what is no number', () => {
    const data = Float32Array.of(Number.NaN)
    const nan = { datatype: 'FP32', shape: [1, 1], data } as const
    assert.throws(() => valueText(nan, [0]), { code: 'ERR_MODEL' })
  })
})
