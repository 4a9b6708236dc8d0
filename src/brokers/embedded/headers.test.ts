import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeHeaders, encodeHeaders } from './headers.ts'

describe('encodeHeaders()', () => {
  it('gives null for none', () => {
    assert.equal(encodeHeaders([]), null)
    assert.deepEqual(decodeHeaders(null), [])
  })

  it('keeps any names, repeated ones too, and any bytes', () => {
    const name = fc.oneof(fc.constantFrom('a', 'fogline-id', ''), fc.string({ unit: 'grapheme' }))
    const headers = fc.array(fc.tuple(name, fc.uint8Array({ maxLength: 300 })), { maxLength: 8 })
    fc.assert(
      fc.property(headers, (given) => {
        assert.deepEqual(decodeHeaders(encodeHeaders(given)), given)
      }),
    )
  })

  it('keeps a value longer than two bytes of length can say', () => {
    const headers = [['large', new Uint8Array(70_000).fill(7)]] as const
    assert.deepEqual(decodeHeaders(encodeHeaders(headers)), headers)
  })
})

describe('decodeHeaders()', () => {
  for (const bytes of [[5], [1, 97], [1, 97, 9, 1], [255, 255, 255, 255, 255, 255]]) {
    it(`refuses damaged bytes ${bytes}`, () => {
      assert.throws(() => decodeHeaders(Uint8Array.from(bytes)), { code: 'ERR_BROKER' })
    })
  }
})
