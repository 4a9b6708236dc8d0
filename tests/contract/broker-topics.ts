import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { NewRecord } from '../../src/core/broker.ts'
import { type BrokerContract, ground, keysOf, plain, record } from './broker-ground.ts'

/** The contract of `ensure` and `produce`. */
export function testTopics(contract: BrokerContract): void {
  it('keeps key, value, headers with repeated names, and their order', async (t) => {
    const { broker, topic, ensure, read } = await ground(t, contract)
    await ensure(1)
    const given: NewRecord = {
      topic,
      key: Uint8Array.of(0, 255),
      value: Uint8Array.from({ length: 256 }, (_, byte) => byte),
      headers: [
        ['a', Uint8Array.of(1)],
        ['b', new Uint8Array()],
        ['a', Uint8Array.of(0, 128, 255)],
      ],
    }
    await broker.produce([given])
    const [received] = await read(topic, 1)
    assert.ok(received)
    assert.deepEqual(plain(received.key ?? new Uint8Array()), given.key)
    assert.deepEqual(plain(received.value), given.value)
    assert.deepEqual(
      received.headers.map(([name, value]) => [name, plain(value)]),
      given.headers,
    )
  })

  it('keeps an absent key apart from an empty one, and an empty value', async (t) => {
    const { broker, topic, ensure, read } = await ground(t, contract)
    await ensure(1)
    const value = new Uint8Array()
    await broker.produce([{ topic, value, headers: [] }])
    await broker.produce([{ topic, key: new Uint8Array(), value, headers: [] }])
    const records = await read(topic, 2)
    assert.deepEqual(
      records.map((one) => [one.key?.length, one.value.length]),
      [
        [undefined, 0],
        [0, 0],
      ],
    )
  })

  it('says where and when a record lies: offsets from 0 on, one topic id, a time', async (t) => {
    const { topic, ensure, produce, read } = await ground(t, contract)
    await ensure(1)
    const before = Date.now()
    await produce('a', 'b', 'c')
    const records = await read(topic, 3)
    assert.deepEqual(
      records.map(({ offset }) => offset),
      [0, 1, 2],
    )
    assert.equal(new Set(records.map(({ topicId }) => topicId)).size, 1)
    assert.match(records[0]?.topicId ?? '', /^[\w-]{20,}$/)
    for (const { timestampMs, topic: name, partition } of records) {
      // The clocks of a broker elsewhere and of this process may differ a little.
      assert.ok(timestampMs >= before - 1000 && timestampMs <= Date.now() + 1000)
      assert.equal(name, topic)
      assert.equal(partition, 0)
    }
  })

  it('gives each topic another id', async (t) => {
    const { broker, topic, outcomes, ensure, read, produce } = await ground(t, contract)
    await ensure(1)
    await produce('a')
    await broker.produce([record(outcomes, 'a')])
    const [first, second] = [await read(topic, 1), await read(outcomes, 1)]
    assert.notEqual(first[0]?.topicId, second[0]?.topicId)
  })

  it("puts a key where Kafka's default partitioner puts it", async (t) => {
    const { topic, ensure, produce, read } = await ground(t, contract)
    await ensure(4)
    await produce('21', 'foobar', 'a-little-bit-long-string', 'abc')
    const records = await read(topic, 4)
    const places = records.map(({ key, partition }) => `${keysOf([{ key }])} ${partition}`)
    assert.deepEqual(places.sort(), ['21 0', 'a-little-bit-long-string 0', 'abc 3', 'foobar 2'])
  })

  it('keeps the order of a key across calls that are not awaited', async (t) => {
    const { broker, topic, ensure, read } = await ground(t, contract)
    await ensure(2)
    const texts = Array.from({ length: 50 }, (_, index) => `${index}`)
    await Promise.all(
      texts.map((text) =>
        broker.produce([{ ...record(topic, 'device'), value: Buffer.from(text) }]),
      ),
    )
    const records = await read(topic, texts.length)
    assert.deepEqual(
      records.map(({ value }) => Buffer.from(value).toString()),
      texts,
    )
  })

  it('spreads records without a key over all partitions', async (t) => {
    const { broker, topic, ensure, read } = await ground(t, contract)
    await ensure(2)
    const one = { topic, value: new Uint8Array(1), headers: [] }
    for (let call = 0; call < 32; call++) await broker.produce([one])
    const records = await read(topic, 32)
    assert.deepEqual([...new Set(records.map(({ partition }) => partition))].sort(), [0, 1])
  })

  it('appends to several topics in one call', async (t) => {
    const { broker, topic, outcomes, ensure, read } = await ground(t, contract)
    await ensure(1)
    await broker.produce([record(topic, 'a'), record(outcomes, 'b'), record(topic, 'c')])
    assert.deepEqual(keysOf(await read(topic, 2)), ['a', 'c'])
    assert.deepEqual(keysOf(await read(outcomes, 1)), ['b'])
  })

  it('appends none of a call that names a missing topic', async (t) => {
    const { broker, topic, ensure, produce, read } = await ground(t, contract)
    await assert.rejects(produce('a'), { code: 'ERR_BROKER' })
    await ensure(1)
    const missing = record(`${topic}-missing`, 'b')
    await assert.rejects(broker.produce([record(topic, 'b'), missing]), { code: 'ERR_BROKER' })
    await produce('c')
    assert.deepEqual(keysOf(await read(topic, 1)), ['c'])
  })

  it('refuses a name that no topic can have, and no partitions', async (t) => {
    const { broker, topic } = await ground(t, contract)
    for (const spec of [
      { name: 'no topic', partitions: 1 },
      { name: topic, partitions: 0 },
    ]) {
      await assert.rejects(broker.ensure([spec]), { code: 'ERR_BROKER' })
    }
  })

  it('leaves a topic that exists as it is', async (t) => {
    const { topic, ensure, produce, read } = await ground(t, contract)
    await ensure(1)
    await produce('a')
    await ensure(3)
    await produce('b', 'c', 'd', 'e')
    const records = await read(topic, 5)
    assert.deepEqual(keysOf(records), ['a', 'b', 'c', 'd', 'e'])
    assert.deepEqual([...new Set(records.map(({ partition }) => partition))], [0])
  })

  it('resolves for no records at all', async (t) => {
    const { broker } = await ground(t, contract)
    await broker.produce([])
  })

  const { remembersOnce: skipUnless } = contract.capabilities
  it('appends a record of one `once` identifier once a topic', { skip: !skipUnless }, async (t) => {
    const { broker, topic, outcomes, ensure, produce, read } = await ground(t, contract)
    await ensure(2)
    await broker.produce([record(topic, 'a', 'id-1'), record(topic, 'b', 'id-1')])
    await Promise.all([
      broker.produce([record(topic, 'c', 'id-1')]),
      broker.produce([record(topic, 'd', 'id-2')]),
      broker.produce([record(outcomes, 'e', 'id-1')]),
    ])
    await produce('end')
    assert.deepEqual(keysOf(await read(topic, 3)).toSorted(), ['a', 'd', 'end'])
    assert.deepEqual(keysOf(await read(outcomes, 1)), ['e'])
  })
}
