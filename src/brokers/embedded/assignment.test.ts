import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { assign } from './assignment.ts'

const nobody = [undefined, undefined, undefined, undefined]

describe('assign()', () => {
  for (const [title, owners, members, expected] of [
    ['gives all to an only member', nobody, ['a'], ['a', 'a', 'a', 'a']],
    ['gives none to nobody', ['a', 'a', 'a', 'a'], [], nobody],
    ['moves half to a second member', ['a', 'a', 'a', 'a'], ['a', 'b'], ['a', 'a', 'b', 'b']],
    ['moves only what a leaver had', ['a', 'b', 'c', 'a'], ['a', 'b'], ['a', 'b', 'b', 'a']],
    ['leaves a fifth member idle', nobody, ['a', 'b', 'c', 'd', 'e'], ['a', 'b', 'c', 'd']],
  ] as const) {
    it(title, () => {
      assert.deepEqual(assign<string>(owners, members), expected)
    })
  }

  it('is even, and moves no partition of a member that has none too many', () => {
    const someone = fc.constantFrom('a', 'b', 'c', 'd')
    const owners = fc.array(fc.option(someone, { nil: undefined }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(owners, fc.uniqueArray(someone, { minLength: 1 }), (before, members) => {
        const after = assign(before, members)
        const counts = members.map((member) => after.filter((owner) => owner === member).length)
        assert.equal(
          counts.reduce((a, b) => a + b),
          before.length,
        )
        assert.ok(Math.max(...counts) - Math.min(...counts) <= 1)
        for (const member of members) {
          const had = before.filter((owner) => owner === member).length
          const lost = before.filter((owner, at) => owner === member && after[at] !== member).length
          assert.ok(lost === 0 || had - lost >= Math.min(...counts))
        }
      }),
    )
  })
})
