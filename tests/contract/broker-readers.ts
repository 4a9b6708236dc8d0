import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ReceivedRecord } from '../../src/core/broker.ts'
import { type BrokerContract, ground, keysOf, record } from './broker-ground.ts'

/** The contract of `read`, `lag` and `close`. */
export function testReaders(contract: BrokerContract): void {
  it('reads all partitions, each in order', async (t) => {
    const { topic, ensure, produce, read } = await ground(t, contract)
    await ensure(3)
    for (let index = 0; index < 30; index++) await produce(`device-${index % 7}`)
    const next = [0, 0, 0]
    for (const { partition, offset } of await read(topic, 30)) {
      assert.equal(offset, next[partition])
      next[partition] = offset + 1
    }
  })

  it('reads from an offset on', async (t) => {
    const { topic, ensure, produce, read } = await ground(t, contract)
    await ensure(1)
    await produce('a', 'b', 'c')
    assert.deepEqual(keysOf(await read(topic, 2, 1)), ['b', 'c'])
  })

  it('reads only what comes after, from the latest', async (t) => {
    const { broker, topic, ensure, produce } = await ground(t, contract)
    await ensure(1)
    await produce('old')
    const ended = new AbortController()
    const found = firstOf(broker.read(topic, 'latest', ended.signal))
    // A reader of a remote broker starts when it has asked for the end: write until it has.
    let received: ReceivedRecord | undefined
    void found.then((one) => {
      received = one
    })
    while (!received) await produce('new')
    assert.deepEqual(keysOf([received]), ['new'])
    ended.abort()
  })

  it('waits for what is not there yet, and ends when it is told', async (t) => {
    const { broker, topic, ensure, produce } = await ground(t, contract)
    await ensure(1)
    const ended = new AbortController()
    const iterator = broker.read(topic, 'earliest', ended.signal)[Symbol.asyncIterator]()
    const first = iterator.next()
    await produce('a')
    assert.deepEqual(keysOf([(await first).value]), ['a'])
    const second = iterator.next()
    ended.abort()
    assert.equal((await second).done, true)
  })

  it('reads nothing when it is told to end before it starts', async (t) => {
    const { broker, topic, ensure, produce } = await ground(t, contract)
    await ensure(1)
    await produce('a')
    assert.equal(await firstOf(broker.read(topic, 'earliest', AbortSignal.abort())), undefined)
  })

  it('refuses to read a topic that does not exist', async (t) => {
    const { broker, topic } = await ground(t, contract)
    const reading = firstOf(broker.read(topic, 'earliest', new AbortController().signal))
    await assert.rejects(reading, { code: 'ERR_BROKER' })
  })

  it('counts as lag what a group has not committed, all for one that never did', async (t) => {
    const { broker, topic, ensure, produce, member } = await ground(t, contract)
    await ensure(1)
    await produce('a', 'b', 'c')
    assert.equal(await broker.lag(topic, 'g'), 3)
    const { take, settle } = await member('g')
    await take(3)
    assert.equal(await broker.lag(topic, 'g'), 3)
    await settle({ next: 2 })
    assert.equal(await broker.lag(topic, 'g'), 1)
    assert.equal(await broker.lag(topic, 'other'), 3)
  })

  it('refuses to count the lag of a topic that does not exist', async (t) => {
    const { broker, topic } = await ground(t, contract)
    await assert.rejects(broker.lag(topic, 'g'), { code: 'ERR_BROKER' })
  })

  it('ends members and readers when the broker closes, then refuses everything', async (t) => {
    const { broker, topic, ensure, member } = await ground(t, contract)
    await ensure(1)
    const { subscription, settle } = await member('g')
    const { signal } = new AbortController()
    const waiting = [subscription, broker.read(topic, 'earliest', signal)].map(firstOf<unknown>)
    await broker.close()
    assert.deepEqual(await Promise.all(waiting), [undefined, undefined])
    await broker.close()
    for (const call of [
      () => broker.ensure([{ name: topic, partitions: 1 }]),
      () => broker.produce([record(topic, 'a')]),
      () => broker.lag(topic, 'g'),
      () => firstOf(broker.read(topic, 'earliest', signal)),
      () => member('g'),
      () => settle({ next: 0 }),
    ]) {
      await assert.rejects(call, { code: 'ERR_BROKER' })
    }
  })

  it('finishes what was asked of it before it closes', async (t) => {
    const { broker, ensure, produce } = await ground(t, contract)
    await ensure(1)
    const produced = produce('a')
    await broker.close()
    await produced
  })
}

async function firstOf<Value>(values: AsyncIterable<Value>): Promise<Value | undefined> {
  for await (const value of values) return value
  return undefined
}
