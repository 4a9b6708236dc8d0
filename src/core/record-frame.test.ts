import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeRecords, encodeRecords, type FramedRecord, RECORDS_TYPE } from './record-frame.ts'
import { joinFrame } from './v2/frame.ts'

const bytes = fc.uint8Array({ maxLength: 40 })

const record: fc.Arbitrary<FramedRecord> = fc.record({
  key: fc.option(bytes, { nil: undefined }),
  value: bytes,
  headers: fc.array(fc.tuple(fc.string({ minLength: 1 }), bytes), { maxLength: 4 }),
})

describe('decodeRecords()', () => {
  it('gives what encodeRecords() was given, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        const read = decodeRecords(encodeRecords(records))
        const plain = (some: readonly FramedRecord[]) =>
          some.map(({ key, value, headers }) => ({
            key: key && [...key],
            value: [...value],
            headers: headers.map(([name, content]) => [name, [...content]]),
          }))
        assert.deepEqual(plain(read), plain(records))
      }),
    )
  })

  it('keeps what a record is to be written once by, and tells no key from an empty one', () => {
    const value = Uint8Array.of(1)
    const encoded = encodeRecords([
      { key: undefined, value, headers: [], once: 'a' },
      { key: new Uint8Array(), value, headers: [] },
    ])
    assert.equal(encoded.headers['content-type'], RECORDS_TYPE)
    const [first, second] = decodeRecords(encoded)
    assert.equal(first?.once, 'a')
    assert.equal(first?.key, undefined)
    assert.equal(second?.key?.length, 0)
    assert.equal(second?.once, undefined)
  })

  for (const [what, json, reason] of [
    ['text that is no JSON', '{', /not JSON/],
    ['no records', '{}', /records: it is missing/],
    ['a size that is none', '{"records":[{"value":-1,"headers":[]}]}', /a size is -1/],
    ['a size beyond the body', '{"records":[{"value":9,"headers":[]}]}', /2 bytes are left/],
    ['bytes that belong to nobody', '{"records":[]}', /2 bytes follow/],
    ['a header without a name', '{"records":[{"value":2,"headers":[["",0]]}]}', /name of header/],
    ['too many records', `{"records":[${Array(4_097).fill('0')}]}`, /4097 entries/],
  ] as const) {
    it(`refuses ${what}`, () => {
      const message = joinFrame(json, [Uint8Array.of(1, 2)])
      assert.throws(() => decodeRecords(message), { code: 'ERR_REQUEST', message: reason })
    })
  }
})
