import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RecentIdentities } from './recent-identities.ts'

describe('RecentIdentities', () => {
  it('knows an identity again', () => {
    const recent = new RecentIdentities(2)
    assert.deepEqual(
      ['a', 'b', 'a', 'b'].map((one) => recent.add(one)),
      [true, true, false, false],
    )
  })

  it('forgets the one that came first, even if it was seen again since', () => {
    const recent = new RecentIdentities(2)
    for (const identity of ['a', 'b', 'a', 'c']) recent.add(identity)
    assert.equal(recent.size, 2)
    assert.deepEqual(
      ['c', 'b', 'a'].map((one) => recent.add(one)),
      [false, false, true],
    )
  })

  it('holds no more than its bound, however many come', () => {
    const recent = new RecentIdentities(1000)
    for (let index = 0; index < 200_000; index++) assert.ok(recent.add(`id-${index}`))
    assert.equal(recent.size, 1000)
    assert.equal(recent.add('id-199000'), false)
    assert.equal(recent.add('id-198999'), true)
  })

  for (const max of [0, -1, 1.5, Number.NaN]) {
    it(`refuses a bound of ${max}`, () => {
      assert.throws(() => new RecentIdentities(max), RangeError)
    })
  }
})
