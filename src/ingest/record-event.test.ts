import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ReceivedRecord } from '../core/broker.ts'
import { textHeader } from '../core/headers.ts'
import { recordEvent } from './record-event.ts'

const record: ReceivedRecord = {
  topic: 't',
  topicId: 'i',
  partition: 1,
  offset: 7,
  timestampMs: 0,
  key: undefined,
  value: Buffer.from('{"a": 1}'),
  headers: [],
}

function dataOf(given: Partial<ReceivedRecord>): Record<string, unknown> {
  const [id, data, ...rest] = recordEvent({ ...record, ...given }).split('\n')
  assert.deepEqual([id, rest], ['id: 1/7', ['', '']])
  return JSON.parse(data?.replace(/^data: /, '') ?? '')
}

it('recordEvent() gives a record on one line', () => {
  const headers = [textHeader('a', '1'), textHeader('a', 'ü'), textHeader('__proto__', 'x')]
  assert.equal(
    recordEvent({ ...record, key: Buffer.from('k'), headers }),
    'id: 1/7\ndata: {"partition":1,"offset":7,"key":"k","headers":{"a":"ü","__proto__":"x"},"value":{"a": 1}}\n\n',
  )
})

for (const [what, value, expected] of [
  ['JSON', Buffer.from('[1]'), [1]],
  ['JSON on several lines', Buffer.from('{\r\n"a":\n"b\\n"}'), { a: 'b\n' }],
  ['bytes that are no UTF-8', Buffer.of(0xff, 0), { base64: '/wA=' }],
  ['text that is no JSON', Buffer.from('hello'), { base64: 'aGVsbG8=' }],
  ['nothing', Buffer.alloc(0), { base64: '' }],
  ['JSON behind a byte order mark', Buffer.from('\ufeff1'), { base64: '77u/MQ==' }],
] as const) {
  it(`recordEvent() gives a value of ${what}`, () => {
    assert.deepEqual(dataOf({ value }).value, expected)
  })
}

it('recordEvent() keeps the digits of large numbers', () => {
  const value = Buffer.from('12345678901234567890')
  assert.match(recordEvent({ ...record, value }), /"value":12345678901234567890}/)
})

it('recordEvent() takes a raw tensor for bytes even if it reads like JSON', () => {
  const headers = [textHeader('fogline-datatype', 'UINT8')]
  assert.deepEqual(dataOf({ value: Buffer.from('7'), headers }).value, { base64: 'Nw==' })
})

it('recordEvent() gives null for no key and base64 for one that is no text', () => {
  assert.equal(dataOf({}).key, null)
  assert.deepEqual(dataOf({ key: Buffer.of(0xff) }).key, { base64: '/w==' })
})
