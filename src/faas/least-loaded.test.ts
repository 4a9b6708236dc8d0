import assert from 'node:assert/strict'
import { it } from 'node:test'
import { leastLoaded } from './least-loaded.ts'

for (const [loads, inFlightMax, expected] of [
  [[], 1, undefined],
  [[1], 1, undefined],
  [[1, 0], 1, 1],
  [[3, 1, 2], 4, 1],
  [[4, 4, 3], 4, 2],
  [[2, 2], 4, 0],
] as const) {
  it(`leastLoaded() of ${JSON.stringify(loads)}, ${inFlightMax} each, is number ${expected}`, () => {
    const replicas = loads.map((inFlight, index) => ({ inFlight, index }))
    assert.equal(leastLoaded(replicas, inFlightMax)?.index, expected)
  })
}
