import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { noLog } from '../../std/log.ts'
import { embeddedBroker } from './broker.ts'
import { openMemory } from './database.ts'

async function broken(t: TestContext) {
  const database = openMemory()
  const broker = embeddedBroker({
    database,
    name: 'embedded broker "./data"',
    log: noLog,
    now: Date.now,
  })
  t.after(() => broker.close())
  await broker.ensure([{ name: 't', partitions: 1 }])
  return { database, broker }
}

const large = { topic: 't', value: new Uint8Array(100_000), headers: [] }
const small = { ...large, value: new Uint8Array(1) }
const limits = { batchRecordsMax: 10, batchSizeBytesMax: 1_000_000 }

describe('the embedded broker', () => {
  it('says that the disk is full, stores nothing of the call, and goes on with space', async (t) => {
    const { database, broker } = await broken(t)
    const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count)
    database.exec(`PRAGMA max_page_count = ${pages + 2}`)
    await assert.rejects(broker.produce([small, large]), {
      code: 'ERR_BROKER',
      message: /^Cannot write to embedded broker "\.\/data": the disk is full/,
    })
    assert.equal(await broker.lag('t', 'g'), 0)
    await broker.produce([small])
    database.exec('PRAGMA max_page_count = 100000')
    await broker.produce([large])
    assert.equal(await broker.lag('t', 'g'), 2)
  })

  it('fails only the call that does not fit of those that share a commit', async (t) => {
    const { database, broker } = await broken(t)
    const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count)
    database.exec(`PRAGMA max_page_count = ${pages + 2}`)
    const calls = [[small], [large], [small]].map((records) => broker.produce(records))
    const states = (await Promise.allSettled(calls)).map(({ status }) => status)
    assert.deepEqual(states, ['fulfilled', 'rejected', 'fulfilled'])
    assert.equal(await broker.lag('t', 'g'), 2)
  })

  it('says that it may only be read', async (t) => {
    const { database, broker } = await broken(t)
    database.exec('PRAGMA query_only = ON')
    await assert.rejects(broker.produce([small]), { message: /it may only be read/ })
    database.exec('PRAGMA query_only = OFF')
    await broker.produce([small])
  })

  it('refuses a record over 64 MiB', async (t) => {
    const { broker } = await broken(t)
    const value = new Uint8Array(64 * 1024 * 1024 + 1)
    await assert.rejects(broker.produce([{ ...small, value }]), { code: 'ERR_LIMIT' })
  })

  it('refuses to settle what was never written, or more ranges than a member can have', async (t) => {
    const { broker } = await broken(t)
    await broker.produce([small])
    const member = await broker.subscribe({ topic: 't', group: 'g', from: 'earliest', ...limits })
    for (const next of [2, -1, 0.5, Number.NaN]) {
      await assert.rejects(member.settle([{ partition: 0, next }], []), { code: 'ERR_BROKER' })
    }
    const ahead = Array.from({ length: 10_001 }, () => ({ start: 0, end: 1 }))
    await assert.rejects(member.settle([{ partition: 0, next: 0, ahead }], []), {
      code: 'ERR_LIMIT',
    })
  })

  for (const name of ['batchRecordsMax', 'batchSizeBytesMax']) {
    it(`takes no ${name} below 1`, async (t) => {
      const { broker } = await broken(t)
      const options = { topic: 't', group: 'g', from: 'earliest', ...limits, [name]: 0 } as const
      await assert.rejects(broker.subscribe(options), RangeError)
    })
  }

  it('settles what was asked for before its member left', async (t) => {
    const { broker } = await broken(t)
    await broker.produce([small])
    const member = await broker.subscribe({ topic: 't', group: 'g', from: 'earliest', ...limits })
    const settled = member.settle([{ partition: 0, next: 1 }], [])
    await member.close()
    await settled
    assert.equal(await broker.lag('t', 'g'), 0)
  })
})
