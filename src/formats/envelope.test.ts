import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Header, ReceivedRecord } from '../core/broker.ts'
import { textBytes } from '../std/text-bytes.ts'
import { envelopeOf, envelopeText, readEnvelope } from './envelope.ts'

const record: ReceivedRecord = {
  topic: 'edge-input',
  topicId: 'T',
  partition: 3,
  offset: 17,
  timestampMs: 1_700_000_000_000,
  key: textBytes('1f0e'),
  value: textBytes('[[[0, 1.0], [2e0, 3]]]'),
  headers: [['X-INFERENCE-TS', textBytes('1700000000.25')]],
}

describe('envelopeOf()', () => {
  it('has the fields of a KafkaJS message, texts, and the value as JSON', () => {
    assert.deepEqual(JSON.parse(envelopeOf(record, record.headers)), {
      magicByte: 2,
      attributes: 0,
      timestamp: '1700000000000',
      offset: '17',
      isControlRecord: false,
      batchContext: {},
      key: '1f0e',
      headers: { 'X-INFERENCE-TS': '1700000000.25' },
      value: [
        [
          [0, 1],
          [2, 3],
        ],
      ],
    })
  })

  it('has no key where the record has none', () => {
    assert.ok(!('key' in JSON.parse(envelopeOf({ ...record, key: undefined }, []))))
  })

  for (const value of ['', '{', '[1] [2]', 'NaN', '\u{feff}1']) {
    it(`refuses the value ${JSON.stringify(value)}`, () => {
      assert.throws(() => envelopeOf({ ...record, value: textBytes(value) }, []), {
        code: 'ERR_TENSOR',
      })
    })
  }

  it('refuses bytes that are no text', () => {
    assert.throws(() => envelopeOf({ ...record, value: Uint8Array.of(0x22, 0xff, 0x22) }, []))
  })
})

describe('readEnvelope()', () => {
  const binary: readonly Header[] = [
    ['a', Uint8Array.of(0xff, 0)],
    ['b', textBytes('é')],
    ['a', textBytes('again')],
  ]
  for (const [what, key, headers] of [
    ['texts', textBytes('ключ'), [['é', textBytes('')]]],
    ['no key and no headers', undefined, []],
    ['a key that is no text', Uint8Array.of(0xc3, 0x28), [['é', textBytes('x')]]],
    ['headers that repeat and are no texts', textBytes('k'), binary],
  ] as const) {
    it(`gives key, headers and the value's text as envelopeOf() was given them: ${what}`, () => {
      const envelope = readEnvelope(textBytes(envelopeOf({ ...record, key }, headers)))
      assert.deepEqual(envelope.key && [...envelope.key], key && [...key])
      const plain = (some: readonly Header[]) => some.map(([name, bytes]) => [name, [...bytes]])
      assert.deepEqual(plain(envelope.headers), plain(headers))
      assert.equal(envelope.value, '[[[0, 1.0], [2e0, 3]]]')
    })
  }

  it('keeps what it does not know for the next one', () => {
    const envelope = readEnvelope(textBytes('{"a":[1],"value":0,"key":null}'))
    assert.equal(
      envelopeText({ ...envelope, value: '[[0.5]]' }),
      '{"a":[1],"headers":{},"value":[[0.5]]}',
    )
  })

  for (const [text, reason] of [
    ['[]', /a list/],
    ['{"value":', /not JSON/],
    ['{"headers":{}}', /no "value"/],
    ['{"value":1,"key":7}', /"key" is no text/],
    ['{"value":1,"headers":{"a":1}}', /header "a" is no text/],
    ['{"value":1,"headers":[]}', /a list/],
    ['{"value":1,"foglineBytes":{"key":1}}', /no base64/],
  ] as const) {
    it(`refuses ${text}`, () => {
      assert.throws(() => readEnvelope(textBytes(text)), { code: 'ERR_REQUEST', message: reason })
    })
  }
})
