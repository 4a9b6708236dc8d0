import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { kafkacConfig } from './kafkac-config.ts'

const FILE = {
  brokers: ['edge:32001', 'other'],
  topic: 'fission.inference.edge-input',
  callback: { url: 'http://router/edge?a=1', options: { method: 'POST', keepalive: true } },
}

const read = (file: object, env: Record<string, string> = {}) =>
  kafkacConfig(JSON.stringify(file), env)

describe('kafkacConfig()', () => {
  it("reads the prototype's file", () => {
    const config = read({ ...FILE, groupid: 'g', clientid: 'c', concurrency: 4096 })
    assert.deepEqual(config.broker.servers, ['edge:32001', 'other:9092'])
    assert.deepEqual(config.topics, ['fission.inference.edge-input'])
    assert.equal(config.group, 'g')
    assert.equal(config.callback.url.href, 'http://router/edge?a=1')
    assert.equal(config.callback.method, 'POST')
  })

  for (const [asked, got] of [
    [undefined, 2],
    [1, 2],
    [8, 8],
    [4096, 64],
  ]) {
    it(`works on ${got} records at a time where ${asked ?? 'nothing'} is asked for`, () => {
      assert.equal(read({ ...FILE, concurrency: asked }).concurrency, got)
    })
  }

  it('takes several topics, and headers', () => {
    const callback = { url: 'http://f/', options: { headers: { 'X-Token': 't' } } }
    const config = read({ ...FILE, topic: ['a', 'b'], callback })
    assert.deepEqual(config.topics, ['a', 'b'])
    assert.deepEqual(config.callback.headers, { 'x-token': 't' })
  })

  it('has the environment over the file', () => {
    const config = read(FILE, {
      KAFKAC_TOPIC: 't',
      KAFKAC_GROUPID: 'h',
      KAFKAC_CALLBACK_URL: 'http://g/',
    })
    assert.deepEqual([config.topics, config.group], [['t'], 'h'])
    assert.equal(config.callback.url.href, 'http://g/')
  })

  for (const [what, file] of [
    ['no brokers', { ...FILE, brokers: [] }],
    ['no topic', { ...FILE, topic: undefined }],
    ['no callback', { ...FILE, callback: undefined }],
    ['a callback that is no address of HTTP', { ...FILE, callback: { url: 'ftp://x/' } }],
    ['a callback by GET', { ...FILE, callback: { url: 'http://x/', options: { method: 'GET' } } }],
    ['a concurrency that is a text', { ...FILE, concurrency: '4' }],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => read(file), { code: 'ERR_CONFIG' }))
  }
})
