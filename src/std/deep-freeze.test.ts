import assert from 'node:assert/strict'
import { it } from 'node:test'
import { deepFreeze } from './deep-freeze.ts'

it('deepFreeze() freezes what is within, too', () => {
  const value = { list: [{ inner: 1 }], bytes: Uint8Array.of(1), nothing: null }
  assert.equal(deepFreeze(value), value)
  assert.ok(Object.isFrozen(value) && Object.isFrozen(value.list[0]))
})
