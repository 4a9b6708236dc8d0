import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { desiredReplicas } from './desired-replicas.ts'

const rule = { minReplicas: 1, maxReplicas: 4, targetConcurrency: 10, idleTimeoutMs: 1_000 }
const nothing = { replicas: 0, idleReplicas: 0, inFlight: 0, queued: 0 }

describe('desiredReplicas()', () => {
  for (const [inFlight, queued, expected] of [
    [0, 0, 1],
    [10, 0, 1],
    [10, 1, 2],
    [0, 11, 2],
    [40, 0, 4],
    [40, 1_000, 4],
  ] as const) {
    it(`is ${expected} for ${inFlight} in flight and ${queued} queued at 10 a replica`, () => {
      assert.equal(desiredReplicas({ ...nothing, inFlight, queued }, rule), expected)
    })
  }

  it('is 0 without load where the rule allows none', () => {
    assert.equal(desiredReplicas(nothing, { ...rule, minReplicas: 0 }), 0)
  })

  for (const [replicas, idleReplicas, expected] of [
    [4, 0, 4],
    [4, 1, 3],
    [4, 3, 1],
    [4, 4, 1],
    [6, 0, 6],
  ] as const) {
    it(`is ${expected} for ${replicas} replicas of which ${idleReplicas} idled long enough`, () => {
      assert.equal(desiredReplicas({ ...nothing, replicas, idleReplicas }, rule), expected)
    })
  }

  it('keeps idle replicas that the load needs again', () => {
    const load = { replicas: 4, idleReplicas: 4, inFlight: 0, queued: 25 }
    assert.equal(desiredReplicas(load, rule), 3)
  })
})
