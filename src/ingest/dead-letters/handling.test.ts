import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Handling } from './handling.ts'

/** `1+` is letter 1, handled; `1-` is left. */
type Taken = `${number}${'+' | '-'}`

const cases: readonly (readonly [readonly Taken[], number, readonly string[]])[] = [
  [['0+'], 1, []],
  [['0+', '1+'], 2, []],
  [['0-'], 0, []],
  [['0+', '1-'], 1, []],
  [['0-', '1+'], 0, ['1-2']],
  [['0-', '1+', '2+', '3-', '4+'], 0, ['1-3', '4-5']],
  [['0+', '1+', '2-', '3+'], 2, ['3-4']],
  // What lies between letters was handled before, or is no letter.
  [['5+', '9+'], 10, []],
  [['5-', '9+', '20+'], 5, ['9-21']],
  [['5+', '9-', '20+'], 9, ['20-21']],
]

describe('Handling', () => {
  for (const [taken, next, ahead] of cases) {
    it(`commits ${next}, and ${ahead.join(' ') || 'nothing'} beyond, for ${taken.join(' ')}`, () => {
      const handling = new Handling(3)
      for (const one of taken) handling.take(Number.parseInt(one, 10), one.endsWith('+'))
      const offset = handling.offset()
      assert.deepEqual([offset.partition, offset.next], [3, next])
      assert.deepEqual(
        (offset.ahead ?? []).map(({ start, end }) => `${start}-${end}`),
        ahead,
      )
    })
  }
})
