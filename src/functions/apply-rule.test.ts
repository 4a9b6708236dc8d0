import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zeros } from '../core/tensor.ts'
import { applyRule } from './apply-rule.ts'

const RULE = {
  metric: 'confidence',
  threshold: 0.8,
  from: 'probabilities',
  temperature: 1,
} as const

const prediction = {
  datatype: 'FP32',
  shape: [4, 2],
  data: Float32Array.of(0.9, 0.1, 0.6, 0.4, Number.NaN, 1, 0.5, 0.5),
} as const
const features = { datatype: 'UINT8', shape: [4, 2], data: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7) }
const answer = { prediction, features: { ...features, datatype: 'UINT8' as const } }

function byName(outputs: ReturnType<typeof applyRule>) {
  return Object.fromEntries(outputs.map(({ name, ...tensor }) => [name, tensor]))
}

describe('applyRule()', () => {
  it('gives the features of the forwarded samples only, in order', () => {
    const outputs = byName(applyRule(answer, RULE))
    assert.deepEqual(outputs.exited, {
      datatype: 'BOOL',
      shape: [4],
      data: Uint8Array.of(1, 0, 0, 0),
    })
    assert.deepEqual(outputs.features, {
      datatype: 'UINT8',
      shape: [3, 2],
      data: Uint8Array.of(2, 3, 4, 5, 6, 7),
    })
    assert.deepEqual(outputs.prediction, prediction)
  })

  it('gives the batch itself where every sample is forwarded, without a copy', () => {
    // As a section gives it: with a name of its own.
    const named = { ...answer.features, name: 'edge_features' }
    const outputs = byName(applyRule({ prediction, features: named }, { ...RULE, threshold: 1 }))
    assert.equal(outputs.features?.data, features.data)
  })

  it('gives no features where every sample exits, or the section has none', () => {
    const sure = { ...prediction, data: Float32Array.of(1, 0, 1, 0, 1, 0, 1, 0) }
    assert.ok(!('features' in byName(applyRule({ ...answer, prediction: sure }, RULE))))
    assert.ok(!('features' in byName(applyRule({ prediction }, RULE))))
  })

  it('lets every finite prediction leave under "final"', () => {
    const { exited } = byName(applyRule({ prediction }, 'final'))
    assert.deepEqual(exited?.data, Uint8Array.of(1, 1, 0, 1))
  })

  it('makes rows of FP32 of any shape and datatype', () => {
    const half = {
      datatype: 'FP16',
      shape: [2, 1, 1, 2],
      data: Float16Array.of(1, 0, 0.5, 0.5),
    } as const
    const outputs = byName(applyRule({ prediction: half }, RULE))
    assert.deepEqual(outputs.prediction, {
      datatype: 'FP32',
      shape: [2, 2],
      data: Float32Array.of(1, 0, 0.5, 0.5),
    })
    assert.deepEqual(outputs.exited?.data, Uint8Array.of(1, 0))
  })

  it('answers an empty batch', () => {
    const outputs = byName(applyRule({ prediction: zeros('FP32', [0, 2]) }, RULE))
    assert.deepEqual(outputs.exited?.shape, [0])
    assert.deepEqual(outputs.prediction?.shape, [0, 2])
  })
})
