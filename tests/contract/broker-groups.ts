import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFoglineError } from '../../src/std/errors.ts'
import {
  type BrokerContract,
  ground,
  keysOf,
  type MemberUnderTest,
  record,
} from './broker-ground.ts'

/** The contract of `subscribe`: what members of groups are given. */
export function testGroups(contract: BrokerContract): void {
  it('gives every record once, in batches of one partition, in order', async (t) => {
    const { broker, topic, ensure, member } = await ground(t, contract)
    await ensure(3)
    const keys = Array.from({ length: 60 }, (_, index) => `device-${index % 7}`)
    await broker.produce(keys.map((key) => record(topic, key)))
    const batches = await (await member('g')).take(60)
    const next = [0, 0, 0]
    for (const { partition, records, topic: name } of batches) {
      assert.equal(name, topic)
      for (const one of records) {
        assert.equal(one.partition, partition)
        assert.equal(one.offset, next[partition])
        next[partition] = one.offset + 1
      }
    }
    assert.equal(
      next.reduce((a, b) => a + b),
      60,
    )
  })

  it('wakes a member that waits when a record arrives', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(1)
    const keys = (await member('g')).keys(1)
    await produce('late')
    assert.deepEqual(await keys, ['late'])
  })

  it('keeps batches to their limit of records', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(1)
    await produce('a', 'b', 'c', 'd', 'e')
    const batches = await (await member('g', { batchRecordsMax: 2 })).take(5)
    assert.ok(batches.every(({ records }) => records.length > 0 && records.length <= 2))
  })

  it('keeps batches to their limit of bytes, and gives a larger record alone', async (t) => {
    const { broker, topic, ensure, member } = await ground(t, contract)
    await ensure(1)
    for (const size of [1000, 1000, 1000, 5000, 1000]) {
      await broker.produce([{ ...record(topic, 'k'), value: new Uint8Array(size) }])
    }
    const batches = await (await member('g', { batchSizeBytesMax: 2100 })).take(5)
    const sizes = batches.map(({ records }) => records.map(({ value }) => value.length))
    for (const batch of sizes) {
      assert.ok(batch.length === 1 || batch.reduce((a, b) => a + b) <= 2100)
    }
    assert.deepEqual(sizes.flat(), [1000, 1000, 1000, 5000, 1000])
  })

  it('lets the partitions take turns', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(4)
    const late = ['foobar', 'abc']
    await produce(...Array.from({ length: 20 }, () => '21'), ...late)
    const batches = await (await member('g', { batchRecordsMax: 2 })).take(8)
    const keys = keysOf(batches.flatMap(({ records }) => records))
    assert.ok(late.every((key) => keys.includes(key)))
  })

  it('lets several groups each have every record', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(2)
    await produce('a', 'b', 'c')
    for (const group of ['g', 'h']) {
      assert.deepEqual((await (await member(group)).keys(3)).toSorted(), ['a', 'b', 'c'])
    }
  })

  it('starts a new group at the end of the moment if it asks for the latest', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(1)
    await produce('old')
    const { keys } = await member('g', { from: 'latest' })
    await produce('new')
    assert.deepEqual(await keys(1), ['new'])
  })

  it('starts again where the group has committed, whatever `from` says', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(1)
    await produce('a', 'b', 'c')
    const first = await member('g')
    await first.take(3)
    await first.settle({ next: 2 })
    await first.subscription.close()
    const second = await member('g', { from: 'latest' })
    assert.deepEqual(await second.keys(1), ['c'])
  })

  it('gives again what a member took but did not settle', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(1)
    await produce('a', 'b')
    const first = await member('g')
    await first.take(2)
    await first.subscription.close()
    assert.deepEqual(await (await member('g')).keys(2), ['a', 'b'])
  })

  it('shares the partitions between the members of a group', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(4)
    const members = [await member('g'), await member('g')]
    const all = new Set<string>()
    const busy = new Set<MemberUnderTest>()
    const sent = new Set<string>()
    const consuming = members.map(async (one) => {
      for await (const { partition, records } of one.subscription) {
        busy.add(one)
        for (const key of keysOf(records)) all.add(key)
        const next = (records.at(-1)?.offset ?? -1) + 1
        await one.settle({ partition, next }).catch(ignoreMoved)
      }
    })
    // Until both have some: a group may take seconds to share.
    while (sent.size < 40 || busy.size < 2 || all.size < sent.size) {
      if (sent.size < 40 || busy.size < 2) {
        const key = `device-${sent.size}`
        await produce(key)
        sent.add(key)
      }
      await sleep(5)
    }
    for (const { subscription } of members) await subscription.close()
    await Promise.all(consuming)
  })

  it('goes on with the other members when one leaves', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(2)
    const leaver = await member('g')
    const stayer = await member('g')
    await produce(...Array.from({ length: 20 }, (_, index) => `device-${index}`))
    await leaver.subscription.close()
    const keys = new Set<string>()
    while (keys.size < 20) for (const key of await stayer.keys(1)) keys.add(key)
    assert.equal(keys.size, 20)
  })

  it('gives no batches of a paused partition until it is resumed', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(4)
    const { subscription, keys } = await member('g')
    const [paused, other] = [0, 2]
    subscription.pause(paused)
    await produce('21')
    await produce('foobar')
    const first = await keys(1)
    assert.deepEqual(first, ['foobar'], `a record of partition ${other}`)
    const second = keys(1)
    subscription.resume(paused)
    assert.deepEqual(await second, ['21'])
  })

  it('ends the iteration when the subscription closes', async (t) => {
    const { ensure, member } = await ground(t, contract)
    await ensure(1)
    const { subscription } = await member('g')
    const iterator = subscription[Symbol.asyncIterator]()
    const next = iterator.next()
    await subscription.close()
    assert.equal((await next).done, true)
    await subscription.close()
  })

  it('refuses a second iterator', async (t) => {
    const { ensure, member } = await ground(t, contract)
    await ensure(1)
    const { subscription } = await member('g')
    subscription[Symbol.asyncIterator]()
    assert.throws(() => subscription[Symbol.asyncIterator](), { code: 'ERR_BROKER' })
  })

  it('refuses a topic that does not exist', async (t) => {
    const { member } = await ground(t, contract)
    await assert.rejects(member('g'), { code: 'ERR_BROKER' })
  })
}

/** A partition may move between a batch and its settling: it is given again to its new owner. */
function ignoreMoved(error: unknown): void {
  if (!isFoglineError(error, 'ERR_BROKER')) throw error
}
