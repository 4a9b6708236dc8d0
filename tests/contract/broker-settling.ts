import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type BrokerContract, ground, keysOf, record } from './broker-ground.ts'

/** The contract of `settle`: what is finished is written and not given again. */
export function testSettling(contract: BrokerContract): void {
  const { transactional, remembersAhead, canReopen } = contract.capabilities

  it('writes the outcomes and commits the offsets', async (t) => {
    const { broker, topic, outcomes, ensure, produce, member, read } = await ground(t, contract)
    await ensure(1)
    await produce('a', 'b')
    const { take, settle } = await member('g')
    await take(2)
    await settle({ next: 2 }, [record(outcomes, 'A'), record(outcomes, 'B')])
    assert.deepEqual(keysOf(await read(outcomes, 2)), ['A', 'B'])
    assert.equal(await broker.lag(topic, 'g'), 0)
  })

  it('commits offsets without outcomes, and writes outcomes without offsets', async (t) => {
    const { broker, topic, outcomes, ensure, produce, member, read } = await ground(t, contract)
    await ensure(1)
    await produce('a')
    const { take, subscription } = await member('g')
    await take(1)
    await subscription.settle([], [record(outcomes, 'A')])
    await subscription.settle([{ partition: 0, next: 1 }], [])
    assert.deepEqual(keysOf(await read(outcomes, 1)), ['A'])
    assert.equal(await broker.lag(topic, 'g'), 0)
  })

  it('does neither if an outcome cannot be written', { skip: !transactional }, async (t) => {
    const { broker, topic, outcomes, ensure, produce, member, read } = await ground(t, contract)
    await ensure(1)
    await produce('a')
    const { take, settle } = await member('g')
    await take(1)
    const missing = record(`${topic}-missing`, 'B')
    await assert.rejects(settle({ next: 1 }, [record(outcomes, 'A'), missing]), {
      code: 'ERR_BROKER',
    })
    await broker.produce([record(outcomes, 'end')])
    assert.deepEqual(keysOf(await read(outcomes, 1)), ['end'])
    assert.equal(await broker.lag(topic, 'g'), 1)
  })

  it('does not give again what is finished ahead', { skip: !remembersAhead }, async (t) => {
    const { broker, topic, ensure, produce, member } = await ground(t, contract)
    await ensure(1)
    await produce('a', 'b', 'c', 'd', 'e')
    const first = await member('g')
    await first.take(5)
    const ahead = [
      { start: 2, end: 3 },
      { start: 4, end: 5 },
    ]
    await first.settle({ next: 1, ahead })
    assert.equal(await broker.lag(topic, 'g'), 2)
    await first.subscription.close()
    assert.deepEqual(await (await member('g')).keys(2), ['b', 'd'])
  })

  it('keeps what was finished ahead when a later member settles', {
    skip: !remembersAhead,
  }, async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(1)
    await produce('a', 'b', 'c', 'd')
    const first = await member('g')
    await first.take(4)
    await first.settle({ next: 0, ahead: [{ start: 2, end: 3 }] })
    await first.subscription.close()
    const second = await member('g')
    await second.take(3)
    await second.settle({ next: 1 })
    await second.subscription.close()
    assert.deepEqual(await (await member('g')).keys(2), ['b', 'd'])
  })

  it('refuses a partition that another member has', async (t) => {
    const { ensure, produce, member } = await ground(t, contract)
    await ensure(1)
    await produce('a')
    const first = await member('g')
    await first.take(1)
    await first.subscription.close()
    await assert.rejects(first.settle({ next: 1 }), { code: 'ERR_BROKER' })
    assert.deepEqual(await (await member('g')).keys(1), ['a'])
  })

  it('refuses a partition that the topic does not have', async (t) => {
    const { ensure, member } = await ground(t, contract)
    await ensure(1)
    const { settle } = await member('g')
    await assert.rejects(settle({ partition: 7, next: 0 }), { code: 'ERR_BROKER' })
  })

  it('keeps records, offsets and topic ids when it is opened again', {
    skip: !canReopen,
  }, async (t) => {
    const self = await ground(t, contract)
    const { topic, outcomes } = self
    await self.ensure(1)
    await self.produce('a', 'b', 'c')
    const [before] = await self.read(topic, 1)
    const first = await self.member('g')
    await first.take(3)
    await first.settle({ next: 2 }, [record(outcomes, 'A', 'id-1')])
    await self.reopen()
    const [after] = await self.read(topic, 1)
    assert.deepEqual(after, before)
    assert.equal(await self.broker.lag(topic, 'g'), 1)
    assert.deepEqual(await (await self.member('g')).keys(1), ['c'])
    assert.deepEqual(keysOf(await self.read(outcomes, 1)), ['A'])
  })

  it('remembers `once` identifiers when it is opened again', {
    skip: !canReopen || !contract.capabilities.remembersOnce,
  }, async (t) => {
    const self = await ground(t, contract)
    await self.ensure(1)
    await self.broker.produce([record(self.topic, 'a', 'id-1')])
    await self.reopen()
    await self.broker.produce([record(self.topic, 'b', 'id-1'), record(self.topic, 'c')])
    assert.deepEqual(keysOf(await self.read(self.topic, 2)), ['a', 'c'])
  })
}
