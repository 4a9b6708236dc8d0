import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryBroker } from '../../tests/fixtures/connector/memory-broker.ts'
import type { NewRecord } from '../core/broker.ts'
import { encodeRecords } from '../core/record-frame.ts'
import { FoglineError } from '../std/errors.ts'
import { textBytes } from '../std/text-bytes.ts'
import { funnelHandler, WRITES_MAX, WRITES_SIZE_BYTES_MAX } from './funnel.ts'

const TOPIC = { name: 'out', partitions: 1 }

function funnelOn(produce: (records: readonly NewRecord[]) => Promise<void>, timeoutMs = 20_000) {
  return funnelHandler({
    broker: { ensure: async () => {}, produce },
    topic: TOPIC,
    now: () => 0,
    timeoutMs,
  })
}

function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  return new Request('http://funnel/', { method: 'POST', body, headers })
}

const ENVELOPE = '{"offset":"1","key":"k","headers":{"h":"é"},"value":[[1.0,2,1e-7]]}'

describe('a funnel', () => {
  it("writes the prototype's envelope as the prototype did", async () => {
    const broker = new MemoryBroker({ partitions: 1 })
    const answer = await funnelHandler({ broker, topic: TOPIC, now: () => 0, timeoutMs: 20_000 })(
      post(ENVELOPE),
    )
    assert.equal(answer.status, 200)
    const [record] = broker.records('out')
    assert.equal(Buffer.from(record?.value ?? []).toString(), '[[1.0, 2, 1e-07]]')
    assert.equal(Buffer.from(record?.key ?? []).toString(), 'k')
    assert.deepEqual(record?.headers, [['h', textBytes('é')]])
  })

  it('writes many records in one call, byte for byte, all to its own topic', async () => {
    const broker = new MemoryBroker({ partitions: 1 })
    const funnel = funnelHandler({ broker, topic: TOPIC, now: () => 0, timeoutMs: 20_000 })
    const { body, headers } = encodeRecords(
      [0, 1, 2].map((number) => ({
        key: undefined,
        value: Uint8Array.of(number, 0xff),
        headers: [['h', Uint8Array.of(number)]],
        once: String(number % 2),
      })),
    )
    const answer = await funnel(post(body, headers))
    assert.deepEqual(await answer.json(), { written: 3 })
    assert.deepEqual(
      broker.records('out').map(({ value, headers: [h] }) => [...value, ...(h?.[1] ?? [])]),
      [
        [0, 255, 0],
        [1, 255, 1],
      ],
    )
  })

  it('writes a CloudEvent', async () => {
    const broker = new MemoryBroker({ partitions: 1 })
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'i', 'ce-source': 's', 'ce-type': 't' }
    const funnel = funnelHandler({ broker, topic: TOPIC, now: () => 0, timeoutMs: 20_000 })
    assert.equal((await funnel(post(Uint8Array.of(7), headers))).status, 200)
    assert.deepEqual([...(broker.records('out')[0]?.value ?? [])], [7])
  })

  it('answers only once the write is durable', async () => {
    const write = Promise.withResolvers<void>()
    let answered = false
    const answer = funnelOn(() => write.promise)(post(ENVELOPE)).then((response) => {
      answered = true
      return response
    })
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(answered, false)
    write.resolve()
    assert.equal((await answer).status, 200)
  })

  const failure = (code: 'ERR_UNAVAILABLE' | 'ERR_BROKER' | 'ERR_LIMIT' | 'ERR_TIMEOUT') =>
    new FoglineError('Cannot produce: no', { code })
  for (const [what, error, status] of [
    ['the broker is away', failure('ERR_UNAVAILABLE'), 503],
    ['the broker refuses', failure('ERR_BROKER'), 503],
    ['the broker takes too long', failure('ERR_TIMEOUT'), 503],
    ['the client breaks', new TypeError('undefined is no function'), 503],
    ['a record is too large', failure('ERR_LIMIT'), 413],
  ] as const) {
    it(`answers ${status} where ${what}`, async () => {
      const answer = await funnelOn(() => Promise.reject(error))(post(ENVELOPE))
      assert.equal(answer.status, status)
      assert.equal(answer.headers.get('retry-after'), status === 503 ? '1' : null)
      assert.match((await answer.json()).error, /^Cannot /)
    })
  }

  it('creates its topic before the first write, however often it takes', async () => {
    const calls: string[] = []
    const funnel = funnelHandler({
      broker: {
        ensure: async ([spec]) => {
          calls.push(`ensure ${spec?.name}`)
          if (calls.length === 1) throw failure('ERR_UNAVAILABLE')
        },
        produce: async () => void calls.push('produce'),
      },
      topic: TOPIC,
      timeoutMs: 20_000,
      now: () => 0,
    })
    const statuses: number[] = []
    for (let call = 0; call < 3; call++) statuses.push((await funnel(post(ENVELOPE))).status)
    assert.deepEqual(statuses, [503, 200, 200])
    assert.deepEqual(calls, ['ensure out', 'ensure out', 'produce', 'produce'])
  })

  it('answers 503 where a write does not end, and counts it until it does', async () => {
    const write = Promise.withResolvers<void>()
    const writes: number[] = []
    const produce = (records: readonly NewRecord[]) => {
      writes.push(records.length)
      return write.promise
    }
    const funnel = funnelOn(produce, 1)
    const answers = await Promise.all(
      Array.from({ length: WRITES_MAX + 1 }, () => funnel(post(ENVELOPE))),
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([503]))
    assert.equal(writes.length, WRITES_MAX)
    write.resolve()
    await write.promise
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal((await funnel(post(ENVELOPE))).status, 200)
  })

  it('has so many bytes under way at most, but for a single write', async () => {
    const write = Promise.withResolvers<void>()
    const funnel = funnelOn(() => write.promise)
    const value = new Uint8Array(WRITES_SIZE_BYTES_MAX + 1)
    const { body, headers } = encodeRecords([{ key: undefined, value, headers: [] }])
    const first = funnel(post(body, headers))
    await new Promise((resolve) => setImmediate(resolve))
    const second = await funnel(post(ENVELOPE))
    assert.equal(second.status, 503)
    write.resolve()
    assert.equal((await first).status, 200)
  })

  for (const [what, request, status] of [
    ['a body that is no JSON', post('{'), 400],
    ['an envelope without a value', post('{}'), 400],
    [
      'records that are cut off',
      post('{', { 'content-type': 'application/vnd.fogline.records' }),
      400,
    ],
    ['an encoding that it does not know', post(ENVELOPE, { 'content-encoding': 'br' }), 400],
    ['a GET', new Request('http://funnel/'), 405],
  ] as const) {
    it(`answers ${status} to ${what}, and writes nothing`, async () => {
      const answer = await funnelOn(() => Promise.reject(new Error('written')))(request)
      assert.equal(answer.status, status)
    })
  }
})
