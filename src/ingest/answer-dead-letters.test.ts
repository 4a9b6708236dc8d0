import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openBroker } from '../brokers/open.ts'
import type { Broker } from '../core/broker.ts'
import { textHeader } from '../core/headers.ts'
import { FoglineError } from '../std/errors.ts'
import { getLag } from './get-lag.ts'
import { type IngestTier, ingestHandler } from './ingest-handler.ts'
import type { IngestLimits } from './limits.ts'

const away = () => Promise.reject(new FoglineError('Cannot reach it', { code: 'ERR_UNAVAILABLE' }))

/** A door to a tier `edge` with so many dead letters, and to a tier `off` whose broker is away. */
async function door(count: number, limits: Partial<IngestLimits> = {}) {
  const broker = await openBroker('memory:', { now: () => 1_000 })
  await broker.ensure([
    { name: 'in', partitions: 1 },
    { name: 'in.dlq', partitions: 1 },
  ])
  for (let index = 0; index < count; index++) {
    const headers = [textHeader('fogline-id', `d-${index}`), textHeader('fogline-error', 'short')]
    await broker.produce([{ topic: 'in.dlq', value: Buffer.of(0xff, index), headers }])
  }
  const tierOn = (name: string, on: Broker): IngestTier => ({
    ...{ name, topic: 'in', output: 'out', group: `p-${name}`, broker: on },
    input: { format: 'raw', datatype: 'UINT8', shape: [2] },
    deadLetters: { broker: on, topic: 'in.dlq', group: `p-${name}-dlq`, inputTopic: 'in' },
  })
  const gone = { ...broker, lag: away, subscribe: away } as Broker
  const handler = ingestHandler({
    tiers: [tierOn('edge', broker), tierOn('off', gone)],
    topics: new Map(),
    gateway: async () => new Response(),
    consumes: () => true,
    now: () => 1_234,
    randomId: () => 'random',
    limits,
  })
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await handler(new Request(`http://localhost:8470${path}`, init))
    return { status: response.status, body: JSON.parse(await response.text()) }
  }
  const post = (path: string, body: unknown) =>
    call(path, { method: 'POST', body: JSON.stringify(body) })
  return { broker, call, post, [Symbol.asyncDispose]: () => broker.close() }
}

describe('GET /dead-letters/TIER', () => {
  it('lists letters without their values, page by page', async () => {
    await using opened = await door(3)
    const { status, body } = await opened.call('/dead-letters/edge?limit=2')
    assert.deepEqual([status, body.topic, body.total], [200, 'in.dlq', 3])
    assert.deepEqual(
      body.letters.map(({ letter, id, error }: Record<string, string>) => [letter, id, error]),
      [
        ['0/0', 'd-0', 'short'],
        ['0/1', 'd-1', 'short'],
      ],
    )
    const rest = await opened.call(`/dead-letters/edge?limit=2&after=${body.next}`)
    assert.deepEqual([rest.body.letters.length, rest.body.next], [1, undefined])
  })

  for (const [path, status, message] of [
    ['edge?limit=0', 400, /limit "0" is not allowed \(1 to 1000\)/],
    ['edge?limit=1001', 400, /limit "1001"/],
    ['edge?after=yesterday', 400, /after "yesterday" is not allowed/],
    ['fog', 404, /no tier "fog" \(there are edge, off\)/],
    ['off', 503, /Cannot reach it/],
  ] as const) {
    it(`answers ${status} to ${path}`, async () => {
      await using opened = await door(0)
      const answer = await opened.call(`/dead-letters/${path}`)
      assert.equal(answer.status, status)
      assert.match(answer.body.error, message)
    })
  }
})

describe('GET /dead-letters/TIER/PARTITION/OFFSET', () => {
  it('shows a letter with its headers and value', async () => {
    await using opened = await door(2)
    const { status, body } = await opened.call('/dead-letters/edge/0/1')
    assert.equal(status, 200)
    assert.deepEqual([body.letter, body.id, body.error], ['0/1', 'd-1', 'short'])
    assert.deepEqual(body.headers, { 'fogline-id': 'd-1', 'fogline-error': 'short' })
    assert.deepEqual(body.value, { base64: '/wE=' })
  })

  it('answers 404 to a letter that is not there', async () => {
    await using opened = await door(2, { findTimeoutMs: 1 })
    const { status, body } = await opened.call('/dead-letters/edge/0/7')
    assert.deepEqual([status, body.error], [404, 'there is no dead letter "0/7" in "in.dlq"'])
  })
})

describe('POST /dead-letters/TIER/retry and /drop', () => {
  it('handles the letters that are named, and all', async () => {
    await using opened = await door(4)
    const { body } = await opened.post('/dead-letters/edge/retry', { letters: ['0/2', '0/9'] })
    assert.deepEqual(body, { handled: 1, missing: ['0/9'] })
    const dropped = await opened.post('/dead-letters/edge/drop', { all: true })
    assert.deepEqual(dropped, { status: 200, body: { handled: 3, missing: [] } })
    assert.equal((await opened.call('/dead-letters/edge')).body.total, 0)
    assert.equal(await opened.broker.lag('in', 'nobody'), 1)
  })

  it('retries each letter once, however many ask for it at a time', async () => {
    await using opened = await door(50)
    const ask = () => opened.post('/dead-letters/edge/retry', { all: true })
    const answers = await Promise.all([ask(), ask(), ask()])
    assert.equal(
      answers.reduce((sum, { body }) => sum + body.handled, 0),
      50,
    )
    assert.equal(await opened.broker.lag('in', 'nobody'), 50)
  })

  for (const [what, body] of [
    ['nothing', {}],
    ['no letters', { letters: [] }],
    ['both', { letters: ['0/0'], all: true }],
    ['a false all', { all: false }],
    ['a name that is no place', { letters: ['0-0'] }],
    ['a place that is no text', { letters: [[0, 0]] }],
    ['too many', { letters: Array.from({ length: 1_001 }, (_, index) => `0/${index}`) }],
    ['no object', 7],
  ] as const) {
    it(`answers 400 to ${what}, and handles nothing`, async () => {
      await using opened = await door(1)
      assert.equal((await opened.post('/dead-letters/edge/drop', body)).status, 400)
      assert.equal((await opened.call('/dead-letters/edge')).body.total, 1)
    })
  }

  it('answers 503 where the broker is away', async () => {
    await using opened = await door(1)
    assert.equal((await opened.post('/dead-letters/off/drop', { all: true })).status, 503)
  })
})

describe('GET /lag', () => {
  it('says what waits for each tier, and why a broker does not say', async () => {
    await using opened = await door(2)
    await opened.broker.produce([{ topic: 'in', value: Buffer.of(1), headers: [] }])
    const { status, body } = await opened.call('/lag')
    assert.equal(status, 200)
    const [edge, off] = body.tiers
    assert.deepEqual(edge, { tier: 'edge', topic: 'in', group: 'p-edge', lag: 1, deadLetters: 2 })
    assert.deepEqual([off.lag, off.deadLetters, off.error], [null, null, 'Cannot reach it'])
  })

  it('does not wait longer than it may', async () => {
    await using opened = await door(0)
    const hangs = { ...opened.broker, lag: () => new Promise<number>(() => {}) } as Broker
    const box = { broker: hangs, topic: 'in.dlq', group: 'g', inputTopic: 'in' }
    const tier = { name: 'edge', broker: hangs, topic: 'in', group: 'p-edge', deadLetters: box }
    const { tiers } = (await (await getLag([tier], 1)).json()) as { tiers: { error: string }[] }
    assert.match(tiers[0]?.error ?? '', /no answer within 1 ms/)
  })
})
