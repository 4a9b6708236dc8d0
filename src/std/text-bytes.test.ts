import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { textBytes } from './text-bytes.ts'

it('textBytes() gives the UTF-8 of any text', () => {
  const text = fc.oneof(fc.string({ maxLength: 100 }), fc.string({ unit: 'grapheme' }))
  fc.assert(
    fc.property(text, (one) => {
      assert.deepEqual(new Uint8Array(textBytes(one)), new TextEncoder().encode(one))
    }),
  )
})
