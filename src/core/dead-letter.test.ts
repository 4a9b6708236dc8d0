import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FoglineError } from '../std/errors.ts'
import type { Header, ReceivedRecord } from './broker.ts'
import { failureNote, retriedRecord } from './dead-letter.ts'
import { textHeader } from './headers.ts'
import { deadLetterRecord, sampleOf } from './outcome.ts'
import { identityOf, provenanceOf } from './provenance.ts'

const failed: ReceivedRecord = {
  topic: 'edge-input',
  topicId: 'id-of-input',
  partition: 2,
  offset: 17,
  timestampMs: 1_234,
  key: Uint8Array.of(0, 0xff),
  value: Uint8Array.of(1, 2, 3),
  headers: [
    ['x', Uint8Array.of(0xfe)],
    ['x', Uint8Array.of(0xfd)],
  ],
}

/** The dead letter of `record`, as it lies in its topic. */
function letterOf(record: ReceivedRecord): ReceivedRecord {
  const error = new FoglineError('Cannot read sample: it is short', { code: 'ERR_TENSOR' })
  const letter = deadLetterRecord(sampleOf(record), { error, attempts: 5 }, 'edge-input.dlq')
  return { ...record, ...letter, key: letter.key, topicId: 'id-of-dlq', offset: 0 }
}

const texts = (headers: readonly Header[]) =>
  headers.map(([name, value]) => `${name}=${Buffer.from(value).toString('latin1')}`)

describe('failureNote()', () => {
  it('is why a record became a dead letter', () => {
    assert.deepEqual(failureNote(letterOf(failed).headers), {
      code: 'ERR_TENSOR',
      error: 'Cannot read sample: it is short',
      origin: 'edge-input/2/17',
      attempts: 5,
    })
  })

  it('leaves out what the headers do not say', () => {
    const nothing = { code: undefined, error: undefined, origin: undefined, attempts: undefined }
    assert.deepEqual(failureNote([]), nothing)
    assert.deepEqual(failureNote([textHeader('fogline-attempts', 'many')]), nothing)
  })
})

describe('retriedRecord()', () => {
  it('is the original record with its provenance, without the failure, and one retry more', () => {
    const { topic, key, value, headers } = retriedRecord(letterOf(failed), 'edge-input')
    assert.deepEqual([topic, key, value], ['edge-input', failed.key, failed.value])
    assert.deepEqual(texts(headers), [
      'x=\xfe',
      'x=\xfd',
      'fogline-id=2/17',
      'fogline-source=id-of-input',
      'fogline-time=1234',
      'fogline-retry=1',
    ])
  })

  it('counts on when the retry has failed, too', () => {
    const again = retriedRecord(letterOf(failed), 'edge-input')
    const { headers } = retriedRecord(letterOf({ ...failed, headers: again.headers }), 'edge-input')
    assert.deepEqual(texts(headers).slice(2), [
      'fogline-id=2/17',
      'fogline-source=id-of-input',
      'fogline-time=1234',
      'fogline-retry=2',
    ])
  })

  it('is the same identity however often it is sent, even of a record that Fogline did not write', () => {
    const identities = [3, 4].map((offset) => {
      const { headers, once } = retriedRecord({ ...failed, topic: 'edge-input.dlq' }, 'edge-input')
      const identity = identityOf(provenanceOf({ ...failed, offset, headers }))
      assert.equal(once, identity)
      return identity
    })
    assert.equal(identities[0], identities[1])
    assert.notEqual(identities[0], identityOf(provenanceOf(failed)))
  })
})
