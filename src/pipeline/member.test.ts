import assert from 'node:assert/strict'
import { it } from 'node:test'
import { memberOf } from './member.ts'

for (const [host, slot, member] of [
  ['pi-4.local', 0, 'digits-edge-pi-4.local-0'],
  ["Anna's Mac", 12, 'digits-edge-Anna-s-Mac-12'],
  ['x'.repeat(253), 0, `digits-edge-${'x'.repeat(150)}-0`],
] as const) {
  it(`memberOf() names slot ${slot} of "${host}"`, () => {
    assert.equal(memberOf('digits-edge', host, slot), member)
  })
}
