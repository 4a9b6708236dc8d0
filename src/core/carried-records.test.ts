import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ReceivedRecord } from './broker.ts'
import { carriedRecords, carryRecords } from './carried-records.ts'

const bytes = fc.uint8Array({ maxLength: 20 })
const whole = fc.nat(Number.MAX_SAFE_INTEGER)

const record: fc.Arbitrary<ReceivedRecord> = fc.record({
  topic: fc.constant('edge-input'),
  topicId: fc.constant('T'),
  partition: fc.constant(3),
  offset: whole,
  timestampMs: whole,
  key: fc.option(bytes, { nil: undefined }),
  value: fc.constant(new Uint8Array()),
  headers: fc.array(fc.tuple(fc.string({ minLength: 1 }), bytes), { maxLength: 3 }),
})

function plain({ key, headers, value, ...rest }: ReceivedRecord) {
  return {
    ...rest,
    key: key && [...key],
    value: [...value],
    headers: headers.map(([name, content]) => [name, [...content]]),
  }
}

describe('carriedRecords()', () => {
  it('gives what carryRecords() was given, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        assert.deepEqual(carriedRecords(carryRecords(records)).map(plain), records.map(plain))
      }),
    )
  })

  const valid = { topic: 't', topicId: 'T', partition: 0, records: [[1, 2, null, []]] }
  for (const [what, text] of [
    ['nothing', undefined],
    ['a number', 7],
    ['text that is no JSON', '{'],
    ['no topic', JSON.stringify({ ...valid, topic: '' })],
    ['a partition below 0', JSON.stringify({ ...valid, partition: -1 })],
    ['an offset that is no number', JSON.stringify({ ...valid, records: [['1', 2, null, []]] })],
    ['a key that is no text', JSON.stringify({ ...valid, records: [[1, 2, 3, []]] })],
    ['no headers', JSON.stringify({ ...valid, records: [[1, 2, null]] })],
    ['a header without a name', JSON.stringify({ ...valid, records: [[1, 2, null, [['', '']]]] })],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => carriedRecords(text), { code: 'ERR_REQUEST' }))
  }
})
