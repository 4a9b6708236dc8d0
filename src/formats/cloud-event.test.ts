import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headerText } from '../core/headers.ts'
import { cloudEventRecord, isCloudEvent } from './cloud-event.ts'

const BINARY = {
  'ce-specversion': '1.0',
  'ce-id': 'a-1',
  'ce-source': '/gates/%C3%A9',
  'ce-type': 'sample',
  'ce-time': '2023-11-14T22:13:20Z',
  'ce-partitionkey': 'gate 1',
  'content-type': 'application/octet-stream',
}

const STRUCTURED = {
  specversion: '1.0',
  id: 'a-1',
  source: '/gates/é',
  type: 'sample',
  time: '2023-11-14T22:13:20Z',
  partitionkey: 'gate 1',
  datacontenttype: 'application/octet-stream',
}

function structured(event: object) {
  return {
    headers: new Headers({ 'content-type': 'application/cloudevents+json; charset=utf-8' }),
    body: new TextEncoder().encode(JSON.stringify(event)),
  }
}

describe('cloudEventRecord()', () => {
  for (const [mode, request] of [
    ['binary', { headers: new Headers(BINARY), body: Uint8Array.of(0xff, 1) }],
    ['structured', structured({ ...STRUCTURED, data_base64: '/wE=' })],
  ] as const) {
    it(`keeps data, key, attributes, and what tells duplicates, of an event in ${mode} mode`, () => {
      assert.ok(isCloudEvent(request.headers))
      const { key, value, headers } = cloudEventRecord(request)
      assert.deepEqual([...value], [0xff, 1])
      assert.equal(key && Buffer.from(key).toString(), 'gate 1')
      for (const [name, text] of [
        ['ce_id', 'a-1'],
        ['ce_source', '/gates/é'],
        ['ce_type', 'sample'],
        ['ce_specversion', '1.0'],
        ['content-type', 'application/octet-stream'],
        ['fogline-id', 'a-1'],
        ['fogline-source', '/gates/é'],
        ['fogline-time', '1700000000000'],
      ] as const) {
        assert.equal(headerText(headers, name), text)
      }
    })
  }

  it('takes data that is JSON as it stands', () => {
    const { value, key } = cloudEventRecord({
      headers: new Headers({ 'content-type': 'application/cloudevents+json' }),
      body: Buffer.from('{"id":"a","source":"b","type":"c","specversion":"1.0","data":[1.0, 2]}'),
    })
    assert.equal(Buffer.from(value).toString(), '[1.0, 2]')
    assert.equal(key, undefined)
  })

  for (const [what, request] of [
    ['without a source', structured({ ...STRUCTURED, source: undefined })],
    ['with an attribute that is an object', structured({ ...STRUCTURED, extra: {} })],
    ['that is a list', structured([])],
    ['that is no JSON', { ...structured({}), body: Uint8Array.of(0x7b) }],
  ] as const) {
    it(`refuses an event ${what}`, () => {
      assert.throws(() => cloudEventRecord(request), { code: 'ERR_REQUEST' })
    })
  }
})
