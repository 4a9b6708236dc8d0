import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FoglineError } from '../std/errors.ts'
import { answerValue } from './answer.ts'
import type { Header, ReceivedRecord } from './broker.ts'
import { textHeader } from './headers.ts'
import { answerRecord, deadLetterRecord, forwardRecord, sampleOf } from './outcome.ts'
import { identityOf, pathOf } from './provenance.ts'
import type { Tensor } from './tensor.ts'

function recordWith(headers: readonly Header[]): ReceivedRecord {
  return {
    topic: 'fog-input',
    topicId: 'topic-id',
    partition: 2,
    offset: 17,
    timestampMs: 1_234,
    key: Uint8Array.of(0, 0xff),
    value: Uint8Array.of(1, 2, 3),
    headers,
  }
}

const texts = (headers: readonly Header[]) =>
  headers.map(([name, value]) => `${name}=${Buffer.from(value).toString('latin1')}`)

const route = { tier: 'fog', topic: 'out' }
const answer = {
  values: Float32Array.of(0.1, 0.9),
  reading: { from: 'probabilities', temperature: 1 },
  reason: 'confident',
  model: 'fog@abc',
} as const

describe('sampleOf()', () => {
  it('keeps what the device set, and makes up what it did not', () => {
    const { provenance } = sampleOf(
      recordWith([textHeader('fogline-id', 'a'), textHeader('fogline-time', '5.5')]),
    )
    assert.deepEqual([provenance.id, provenance.source, provenance.timeMs], ['a', 'topic-id', 5.5])
  })

  it('takes no source without an id, for only the topic makes the place unique', () => {
    const { provenance } = sampleOf(recordWith([textHeader('fogline-source', 'camera')]))
    assert.deepEqual([provenance.id, provenance.source], ['2/17', 'topic-id'])
  })

  it('takes the timestamp for a time that is none', () => {
    for (const time of ['', 'soon', '-1', 'Infinity']) {
      const { provenance } = sampleOf(recordWith([textHeader('fogline-time', time)]))
      assert.equal(provenance.timeMs, 1_234)
      assert.deepEqual(texts(provenance.headers.slice(2)), ['fogline-time=1234'])
    }
  })

  it('has an identity that differs with source, id and retry', () => {
    const identities = [
      { source: 'a', id: 'b/c', retry: 0 },
      { source: 'a/b', id: 'c', retry: 0 },
      { source: 'a', id: 'b', retry: 0 },
      { source: 'a', id: 'b', retry: 1 },
      { source: 'a', id: 'b', retry: 11 },
      { source: '1#1:a', id: 'b', retry: 0 },
    ].map(identityOf)
    assert.equal(new Set(identities).size, identities.length)
  })

  for (const [text, retry] of [
    ['1', 1],
    ['12', 12],
    ['', 0],
    ['-1', 0],
    ['often', 0],
    ['1e3', 0],
  ] as const) {
    it(`was sent again ${retry} times for "${text}"`, () => {
      const { provenance } = sampleOf(recordWith([textHeader('fogline-retry', text)]))
      assert.equal(provenance.retry, retry)
    })
  }

  it('keeps its retry on the way up, so that the next tier knows the same identity', () => {
    const record = recordWith([textHeader('fogline-id', 'i'), textHeader('fogline-retry', '2')])
    const features: Tensor = { datatype: 'FP32', shape: [1], data: Float32Array.of(1) }
    const { provenance } = sampleOf(record)
    const { headers } = forwardRecord({ record, provenance }, features, route)
    const above = sampleOf({ ...record, topicId: 'of the tier above', headers })
    assert.equal(identityOf(above.provenance), identityOf(provenance))
    assert.equal(above.provenance.retry, 2)
  })
})

describe('answerRecord()', () => {
  it('keeps key and foreign headers byte for byte, and drops those of the old value', () => {
    const foreign: Header = ['x', Uint8Array.of(0xfe)]
    const record = recordWith([
      foreign,
      textHeader('fogline-path', 'edge'),
      textHeader('fogline-shape', '3'),
      textHeader('traceparent', '00-1'),
      foreign,
      textHeader('fogline-id', 'i'),
      textHeader('fogline-source', 's'),
      textHeader('fogline-error', 'of an earlier failure'),
    ])
    const written = answerRecord(sampleOf(record), answer, route)
    assert.deepEqual(texts(written.headers), [
      'x=\xfe',
      'traceparent=00-1',
      'x=\xfe',
      'fogline-id=i',
      'fogline-source=s',
      'fogline-time=1234',
      'fogline-path=edge,fog',
    ])
    assert.equal(written.key, record.key)
    assert.equal(written.topic, 'out')
    assert.deepEqual(pathOf(written.headers), ['edge', 'fog'])
  })

  it('has the same headers in every format, and the value of the one asked for', () => {
    const sample = sampleOf(recordWith([textHeader('fogline-id', 'i')]))
    const plain = answerRecord(sample, answer, route)
    const written = answerRecord(sample, answer, { ...route, format: 'kafka-ml' })
    assert.deepEqual(written.headers, plain.headers)
    assert.equal(
      Buffer.from(written.value).toString(),
      '{"values": [0.10000000149011612, 0.8999999761581421]}',
    )
  })
})

describe('forwardRecord()', () => {
  it('is raw bytes of its own, with datatype and shape', () => {
    const batch = Float32Array.of(9, 1, 2)
    const features = { datatype: 'FP32', shape: [2, 1], data: batch.subarray(1) } as const
    const written = forwardRecord(sampleOf(recordWith([])), features, route)
    assert.deepEqual(new Float32Array(written.value.slice().buffer), Float32Array.of(1, 2))
    assert.equal(written.value.buffer.byteLength, 8)
    assert.deepEqual(texts(written.headers).slice(-2), [
      'fogline-datatype=FP32',
      'fogline-shape=2,1',
    ])
  })
})

describe('deadLetterRecord()', () => {
  it('is the record as it was, with provenance and failure', () => {
    const record = recordWith([
      textHeader('fogline-shape', '9'),
      textHeader('fogline-error', 'old'),
    ])
    const error = new FoglineError('Cannot read:\n it', { code: 'ERR_TENSOR' })
    const written = deadLetterRecord(sampleOf(record), { error, attempts: 3 }, 'fog-input.dlq')
    assert.equal(written.value, record.value)
    assert.equal(written.key, record.key)
    assert.deepEqual(texts(written.headers), [
      'fogline-shape=9',
      'fogline-id=2/17',
      'fogline-source=topic-id',
      'fogline-time=1234',
      'fogline-error-code=ERR_TENSOR',
      'fogline-error=Cannot read: it',
      'fogline-origin=fog-input/2/17',
      'fogline-attempts=3',
    ])
  })

  it('does not set again what the record has', () => {
    const headers = ['fogline-id', 'fogline-source', 'fogline-time'].map((n) => textHeader(n, '1'))
    const error = new FoglineError('x'.repeat(5_000), { code: 'ERR_MODEL' })
    const written = deadLetterRecord(
      sampleOf(recordWith(headers)),
      { error, attempts: 1 },
      'fog-input.dlq',
    )
    assert.equal(written.headers.length, 7)
    assert.equal(written.headers[4]?.[1].length, 1_000)
  })
})

describe('answerValue()', () => {
  const text = (changes: Partial<Parameters<typeof answerValue>[0]>) =>
    Buffer.from(answerValue({ ...answer, tier: 'fog', id: '"', ...changes })).toString()

  it('begins with the values, in the shortest digits of 32-bit floats', () => {
    assert.equal(
      text({}),
      '{"values":[0.1,0.9],"class":1,"confidence":0.9,' +
        '"tier":"fog","reason":"confident","id":"\\"","model":"fog@abc"}',
    )
  })

  it('has neither class nor confidence for a regression', () => {
    const values = Float32Array.of(21.5, -3)
    assert.deepEqual(Object.keys(JSON.parse(text({ values }))), [
      'values',
      'tier',
      'reason',
      'id',
      'model',
    ])
  })

  it('reads one sigmoid as two classes', () => {
    const reading = { from: 'sigmoid', temperature: 1 } as const
    const parsed = JSON.parse(
      text({ values: Float32Array.of(0.25), reading, labels: ['no', 'yes'] }),
    )
    assert.deepEqual([parsed.class, parsed.label, parsed.confidence], [0, 'no', 0.75])
  })
})
