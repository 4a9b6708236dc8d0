import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Broker, Retention, Subscription } from '../../core/broker.ts'
import { noLog } from '../../std/log.ts'
import { embeddedBroker } from './broker.ts'
import { openMemory } from './database.ts'
import { countExpired } from './retention.ts'

const oldest = [10, 20, 30].map((timestampMs) => ({ timestampMs, sizeBytes: 100 }))

describe('countExpired()', () => {
  for (const [title, retention, expected] of [
    ['keeps all without limits', {}, 0],
    ['drops what is older than the age', { ageMs: 975 }, 2],
    ['keeps what is exactly as old as the age', { ageMs: 990 }, 0],
    ['drops the oldest until the rest fits the size', { sizeBytes: 450 }, 1],
    ['keeps what fits the size exactly', { sizeBytes: 500 }, 0],
    ['drops what is either too old or too much', { ageMs: 985, sizeBytes: 250 }, 3],
    ['drops all that it is shown', { ageMs: 0 }, 3],
  ] as const) {
    it(title, () => {
      assert.equal(countExpired(oldest, { retention, sizeBytes: 500, nowMs: 1000 }), expected)
    })
  }
})

/** A broker with one topic of 10-byte records, whose clock is the test's. */
async function topicWith(t: TestContext, retention: Retention) {
  const clock = { nowMs: 1_000_000 }
  const now = () => clock.nowMs
  const broker = embeddedBroker({ database: openMemory(), name: 'it', log: noLog, now })
  t.after(() => broker.close())
  await broker.ensure([{ name: 't', partitions: 1, retention }])
  const produce = async (count: number, once?: string) => {
    const one = { topic: 't', value: new Uint8Array(10), headers: [], once }
    await broker.produce(Array.from({ length: count }, () => one))
  }
  /** Lets the sweeper look at the topic as it is `afterMs` later, and do all its steps. */
  const sweep = async (afterMs: number) => {
    clock.nowMs += afterMs
    for (let step = 0; step < 6; step++)
      await broker.ensure([{ name: `s${clock.nowMs}-${step}`, partitions: 1 }])
  }
  return { broker, produce, sweep }
}

function join(broker: Broker): Promise<Subscription> {
  const limits = { batchRecordsMax: 10_000, batchSizeBytesMax: 1_000_000 }
  return broker.subscribe({ topic: 't', group: 'g', from: 'earliest', ...limits })
}

/** Records kept: what a group that never committed would have to read. */
function kept(broker: Broker): Promise<number> {
  return broker.lag('t', 'nobody')
}

describe('retention', () => {
  it('deletes by age, step by step, what no group waits for', async (t) => {
    const { broker, produce, sweep } = await topicWith(t, { ageMs: 60_000 })
    await produce(1200)
    await sweep(30_000)
    await produce(5)
    assert.equal(await kept(broker), 1205)
    await sweep(31_000)
    assert.equal(await kept(broker), 5)
  })

  it('deletes by size', async (t) => {
    const { broker, produce, sweep } = await topicWith(t, { sizeBytes: 100 })
    await produce(25)
    await sweep(2000)
    assert.equal(await kept(broker), 10)
  })

  it('keeps what a group has not committed, though nobody of it is here', async (t) => {
    const { broker, produce, sweep } = await topicWith(t, { sizeBytes: 0 })
    const member = await join(broker)
    await produce(10)
    await member.settle([{ partition: 0, next: 4, ahead: [{ start: 6, end: 10 }] }], [])
    await member.close()
    await sweep(2000)
    assert.equal(await kept(broker), 6)
    const again = await join(broker)
    await again.settle([{ partition: 0, next: 10 }], [])
    await sweep(2000)
    assert.equal(await kept(broker), 0)
  })

  it('goes on counting offsets after all records are deleted', async (t) => {
    const { broker, produce, sweep } = await topicWith(t, { ageMs: 1000 })
    await produce(3)
    await sweep(5000)
    await produce(1)
    const ended = new AbortController()
    for await (const { offset } of broker.read('t', 'earliest', ended.signal)) {
      assert.equal(offset, 3)
      ended.abort()
    }
  })

  it('remembers a `once` identifier beyond the deletion of its record', async (t) => {
    const { broker, produce, sweep } = await topicWith(t, { ageMs: 1000 })
    await produce(1, 'id-1')
    await sweep(5000)
    assert.equal(await kept(broker), 0)
    await produce(1, 'id-1')
    assert.equal(await kept(broker), 0)
  })
})
