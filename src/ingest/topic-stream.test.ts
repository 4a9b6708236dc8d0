import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Broker, ReadFrom, ReceivedRecord } from '../core/broker.ts'
import { topicReader } from './get-topic.ts'
import { INGEST_LIMITS, type IngestLimits } from './limits.ts'

/** A topic of so many records, 0 to n - 1, that then waits, or ends as `ending` does. */
function fakeTopic(count: number, ending: 'waits' | 'ends' | 'fails' = 'waits') {
  const seen = { from: [] as ReadFrom[], taken: 0, ended: 0 }
  const read: Broker['read'] = async function* (topic, from, signal) {
    seen.from.push(from)
    try {
      for (; seen.taken < count; ) yield record(topic, seen.taken++)
      if (ending === 'fails') throw new Error('the disk is gone')
      if (ending === 'waits' && !signal.aborted) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      }
    } finally {
      seen.ended++
    }
  }
  return { seen, broker: { read } as Broker }
}

function record(topic: string, offset: number): ReceivedRecord {
  const value = Buffer.from(String(offset))
  const place = { topic, topicId: 'id', partition: 0, offset, timestampMs: 0 }
  return { ...place, key: undefined, value, headers: [] }
}

function reader(broker: Broker, limits: Partial<IngestLimits> = {}) {
  const getTopic = topicReader(new Map([['t', broker]]), { ...INGEST_LIMITS, ...limits })
  return (query = '', init: RequestInit = {}, topic = 't') =>
    getTopic(new Request(`http://localhost/topics/${topic}${query}`, init), topic)
}

async function chunks(response: Response, count: number): Promise<string[]> {
  const body = response.body?.getReader()
  const texts: string[] = []
  while (texts.length < count) {
    const step = await body?.read()
    if (!step || step.done) break
    texts.push(new TextDecoder().decode(step.value))
  }
  body?.releaseLock()
  return texts
}

const offsets = (texts: readonly string[]) => texts.map((text) => /^id: 0\/(\d+)/.exec(text)?.[1])

describe('topicReader()', () => {
  it('streams records, after a comment that says that it is open', async () => {
    const { broker } = fakeTopic(2, 'ends')
    const response = reader(broker)('?from=earliest')
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    const [opened, ...events] = await chunks(response, Infinity)
    assert.equal(opened, ': open\n\n')
    assert.deepEqual(offsets(events), ['0', '1'])
  })

  for (const [query, from] of [
    ['', 'latest'],
    ['?from=latest', 'latest'],
    ['?from=earliest', 'earliest'],
    ['?from=17', 17],
  ] as const) {
    it(`reads from ${from} for "${query}"`, async () => {
      const { broker, seen } = fakeTopic(0, 'ends')
      await reader(broker)(query).text()
      assert.deepEqual(seen.from, [from])
    })
  }

  it('ends after as many records as were asked for', async () => {
    const { broker, seen } = fakeTopic(10)
    const events = await chunks(reader(broker)('?count=3'), Infinity)
    assert.deepEqual(offsets(events.slice(1)), ['0', '1', '2'])
    assert.equal(seen.taken, 3)
  })

  it('reads no further ahead than one record of what the client takes', async () => {
    const { broker, seen } = fakeTopic(1000)
    const response = reader(broker)()
    await chunks(response, 3)
    assert.ok(seen.taken <= 4, `${seen.taken}`)
    await response.body?.cancel()
  })

  it('says that it is alive where no record comes', async () => {
    const { broker } = fakeTopic(0)
    const response = reader(broker, { heartbeatMs: 1 })()
    assert.deepEqual(await chunks(response, 3), [': open\n\n', ': alive\n\n', ': alive\n\n'])
    await response.body?.cancel()
  })

  it('fails where the broker does', async () => {
    const { broker, seen } = fakeTopic(1, 'fails')
    await assert.rejects(reader(broker)().text(), /the disk is gone/)
    assert.equal(seen.ended, 1)
  })

  it('ends the reader when the client goes away, and then has room for another', async () => {
    const { broker, seen } = fakeTopic(0)
    const read = reader(broker, { readersMax: 1 })
    const first = read()
    assert.equal(read().status, 503)
    await first.body?.cancel()
    const abort = new AbortController()
    const second = read('', { signal: abort.signal })
    assert.equal(second.status, 200)
    abort.abort()
    assert.deepEqual(await chunks(second, Infinity), [': open\n\n'])
    assert.equal(seen.ended, 2)
    assert.equal(read().status, 200)
  })

  it('ends a reader that stands at a record which nobody takes any more', async () => {
    const { broker, seen } = fakeTopic(9)
    const response = reader(broker)('?from=earliest')
    assert.deepEqual(offsets((await chunks(response, 2)).slice(1)), ['0'])
    await response.body?.cancel()
    assert.deepEqual({ taken: seen.taken, ended: seen.ended }, { taken: 2, ended: 1 })
  })

  for (const [query, topic, status] of [
    ['?from=yesterday', 't', 400],
    ['?from=-1', 't', 400],
    ['?from=1.5', 't', 400],
    ['?count=0', 't', 400],
    ['?count=many', 't', 400],
    ['', 'other', 404],
    ['', '__proto__', 404],
  ] as const) {
    it(`answers ${status} to "${topic}${query}"`, async () => {
      const response = reader(fakeTopic(0).broker)(query, {}, topic)
      assert.equal(response.status, status)
      assert.ok((await response.json()).error)
    })
  }
})
