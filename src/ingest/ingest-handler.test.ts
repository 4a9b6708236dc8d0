import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openBroker } from '../brokers/open.ts'
import type { Broker, ReceivedRecord } from '../core/broker.ts'
import { HEADERS, headerText } from '../core/headers.ts'
import { writeNpy } from '../formats/npy.ts'
import { FoglineError } from '../std/errors.ts'
import { type IngestOptions, ingestHandler } from './ingest-handler.ts'

const BYTES = { 'content-type': 'application/octet-stream' }

/** A broker that is away. */
const away: Pick<Broker, 'produce'> = {
  produce: () => Promise.reject(new FoglineError('Cannot reach it', { code: 'ERR_UNAVAILABLE' })),
}

async function door(options: Partial<IngestOptions> = {}) {
  const broker = await openBroker('memory:')
  await broker.ensure([
    { name: 'in', partitions: 1 },
    { name: 'out', partitions: 1 },
  ])
  const tier = {
    topic: 'in',
    output: 'out',
    group: 'p-edge',
    broker,
    input: { format: 'raw', datatype: 'UINT8', shape: [2] },
    deadLetters: { broker, topic: 'in.dlq', group: 'p-edge-dlq', inputTopic: 'in' },
  } as const
  const handler = ingestHandler({
    tiers: [
      { name: 'edge', ...tier },
      { name: 'off', ...tier, broker: { ...broker, ...away } },
    ],
    topics: new Map([
      ['in', broker],
      ['out', broker],
    ]),
    gateway: async (request) => new Response(new URL(request.url).pathname),
    consumes: () => true,
    now: () => 1234,
    randomId: () => 'random',
    ...options,
  })
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await handler(new Request(`http://localhost:8470${path}`, init))
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: parsed(text) }
  }
  const post = (path: string, body: Uint8Array | string, headers: Record<string, string> = BYTES) =>
    call(path, { method: 'POST', body: body as BodyInit, headers })
  return { broker, handler, call, post, [Symbol.asyncDispose]: () => broker.close() }
}

function parsed(text: string) {
  return text.startsWith('{') ? JSON.parse(text) : text
}

async function firstRecord(broker: Broker): Promise<ReceivedRecord> {
  for await (const record of broker.read('in', 'earliest', new AbortController().signal)) {
    return record
  }
  throw new Error('The topic ended')
}

describe('POST /ingest/TIER', () => {
  it('answers 202 with the id once the record is durable', async () => {
    await using opened = await door()
    const headers = {
      ...BYTES,
      'fogline-id': 'a/1',
      'fogline-key': 'ü',
      'fogline-time': '99',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    }
    const { status, body } = await opened.post('/ingest/edge', Uint8Array.of(1, 2), headers)
    assert.deepEqual([status, body], [202, { id: 'a/1' }])
    const record = await firstRecord(opened.broker)
    assert.deepEqual(record.value, Uint8Array.of(1, 2))
    assert.deepEqual(record.key, new Uint8Array(Buffer.from('ü', 'latin1')))
    const names = [HEADERS.id, HEADERS.time, HEADERS.trace, HEADERS.datatype, HEADERS.shape]
    assert.deepEqual(
      names.map((name) => headerText(record.headers, name)),
      ['a/1', '99', headers.traceparent, 'UINT8', '2'],
    )
  })

  it('gives a sample without them an id and a time, and drops a trace that is none', async () => {
    await using opened = await door()
    const headers = { ...BYTES, traceparent: 'nonsense' }
    const { body } = await opened.post('/ingest/edge', Uint8Array.of(1, 2), headers)
    assert.deepEqual(body, { id: 'random' })
    const { headers: written, key } = await firstRecord(opened.broker)
    assert.equal(headerText(written, HEADERS.time), '1234')
    assert.equal(headerText(written, HEADERS.trace), undefined)
    assert.equal(key, undefined)
  })

  it('appends an id that is sent again once, and answers 202 again', async () => {
    await using opened = await door()
    const headers = { ...BYTES, 'fogline-id': 'again' }
    for (let time = 0; time < 3; time++) {
      const { status } = await opened.post('/ingest/edge', Uint8Array.of(1, 2), headers)
      assert.equal(status, 202)
    }
    assert.equal(await opened.broker.lag('in', 'nobody'), 1)
  })

  it('takes JSON and .npy', async () => {
    await using opened = await door()
    const npy = writeNpy({ datatype: 'INT64', shape: [2], data: BigInt64Array.of(1n, 2n) })
    const types = { 'application/json; charset=utf-8': '[1, 2]', 'application/x-npy': npy }
    for (const [type, body] of Object.entries(types)) {
      const { status } = await opened.post('/ingest/edge', body, { 'content-type': type })
      assert.equal(status, 202)
      assert.deepEqual((await firstRecord(opened.broker)).value, Uint8Array.of(1, 2))
    }
  })

  const two = Uint8Array.of(1, 2)
  const json = { 'content-type': 'application/json' }
  const withId = (id: string) => ({ ...BYTES, 'fogline-id': id })
  type Refused = readonly [
    string,
    string,
    Uint8Array | string,
    Record<string, string>,
    number,
    RegExp,
  ]
  const refused: readonly Refused[] = [
    ['a wrong size', 'edge', Uint8Array.of(1), BYTES, 400, /1 bytes \(expected 2/],
    ['broken JSON', 'edge', '[1,', json, 400, /Cannot read sample: it is not JSON/],
    ['an id with spaces', 'edge', two, withId('a b'), 400, /"fogline-id" is not an id/],
    ['a long id', 'edge', two, withId('x'.repeat(201)), 400, /"fogline-id" is not an id/],
    ['a time that is none', 'edge', two, { ...BYTES, 'fogline-time': 'now' }, 400, /milliseconds/],
    ['a long key', 'edge', two, { ...BYTES, 'fogline-key': 'k'.repeat(1001) }, 400, /characters/],
    ['another tier', 'fog', two, BYTES, 404, /no tier "fog" \(there are edge, off\)/],
    ['a broken name', '%zz', two, BYTES, 404, /nothing at/],
    ['too large a body', 'edge', new Uint8Array(33), BYTES, 413, /exceeds 32 bytes/],
    [
      'another media type',
      'edge',
      two,
      { 'content-type': 'image/png' },
      415,
      /"image\/png" is not/,
    ],
    ['a body without media type', 'edge', two, {}, 415, /content-type is missing/],
    ['a broker that is away', 'off', two, BYTES, 503, /Cannot reach it/],
  ]
  for (const [what, tier, body, headers, status, message] of refused) {
    it(`answers ${status} to ${what}`, async () => {
      await using opened = await door({ limits: { bodySizeBytesMax: 32 } })
      const answer = await opened.post(`/ingest/${tier}`, body, headers)
      assert.equal(answer.status, status)
      assert.match(answer.body.error, message)
      assert.equal(await opened.broker.lag('in', 'nobody'), 0)
    })
  }

  it('answers 503 to more samples at a time than it may hold', async () => {
    await using opened = await door({ limits: { samplesInFlightMax: 1 } })
    const send = () => opened.post('/ingest/edge', Uint8Array.of(1, 2))
    const answers = await Promise.all([send(), send()])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 503])
    assert.equal((await send()).status, 202)
  })
})

describe('the door', () => {
  it('says what is there', async () => {
    await using opened = await door()
    const { status, body } = await opened.call('/')
    assert.equal(status, 200)
    assert.deepEqual(body.topics, ['in', 'out'])
    const [edge] = body.tiers
    const shape = { format: 'raw', datatype: 'UINT8', shape: [2] }
    assert.deepEqual(edge, { name: 'edge', topic: 'in', output: 'out', ...shape })
  })

  it('is healthy once every tier consumes, and names those that do not', async () => {
    const consuming = new Set<string>()
    await using opened = await door({ consumes: (tier) => consuming.has(tier) })
    consuming.add('edge')
    const early = await opened.call('/healthz')
    assert.deepEqual([early.status, early.body.waiting], [503, ['off']])
    consuming.add('off')
    assert.equal((await opened.call('/healthz')).status, 200)
  })

  it('passes /function/ on to the gateway', async () => {
    await using opened = await door()
    assert.equal((await opened.call('/function/digits-edge/v2')).body, '/function/digits-edge/v2')
  })

  for (const [method, path, allow] of [
    ['GET', '/ingest/edge', 'POST'],
    ['POST', '/healthz', 'GET'],
    ['OPTIONS', '/topics/in', 'GET'],
    ['HEAD', '/topics/in', 'GET'],
  ] as const) {
    it(`answers 405 to ${method} ${path}`, async () => {
      await using opened = await door()
      const { status, headers } = await opened.call(path, { method })
      assert.deepEqual([status, headers.get('allow')], [405, allow])
    })
  }

  it('answers 404 elsewhere, and 403 to another host for every path', async () => {
    await using opened = await door()
    assert.match((await opened.call('/nowhere')).body.error, /POST \/ingest\/TIER/)
    for (const path of ['/', '/function/x', '/topics/in']) {
      const { status } = await opened.call(path, { headers: { host: 'evil.example' } })
      assert.equal(status, 403)
    }
  })
})
