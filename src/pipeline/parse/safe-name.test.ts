import assert from 'node:assert/strict'
import { it } from 'node:test'
import { safeName } from './safe-name.ts'

for (const [text, expected] of [
  ['digits', 'digits'],
  ['My Dígits (2)', 'my-digits-2'],
  ['--a__b--', 'a-b'],
  ['...', ''],
  ['数字', ''],
  ['x'.repeat(100), 'x'.repeat(31)],
  [`${'x'.repeat(30)}-y`, 'x'.repeat(30)],
] as const) {
  it(`safeName() of "${text.slice(0, 40)}" is "${expected}"`, () => {
    assert.equal(safeName(text), expected)
  })
}
