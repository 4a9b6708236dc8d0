import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type {
  Batch,
  Broker,
  NewRecord,
  Offset,
  ReadFrom,
  ReceivedRecord,
  SubscribeOptions,
  Subscription,
} from '../../src/core/broker.ts'

/** A broker under test, with what only the test needs. */
export interface BrokerUnderTest {
  readonly broker: Broker
  /** Closes the broker and opens it again with what it kept. Only where `canReopen`. */
  reopen(): Promise<Broker>
  /** Closes and removes everything. */
  dispose(): Promise<void>
}

/** What an adapter can do beyond the port's minimum. */
export interface BrokerCapabilities {
  /** `settle` commits offsets and outcomes together or not at all. */
  readonly transactional: boolean
  /** `once` identifiers are remembered. */
  readonly remembersOnce: boolean
  /** Ranges `ahead` are remembered. */
  readonly remembersAhead: boolean
  /** `BrokerUnderTest.reopen` works. */
  readonly canReopen: boolean
}

/** How to test an adapter. */
export interface BrokerContract {
  readonly capabilities: BrokerCapabilities
  readonly create: () => Promise<BrokerUnderTest>
}

/** A member of a group that takes batches when the test asks. */
export interface MemberUnderTest {
  readonly subscription: Subscription
  /** The next batches that together have at least `count` records. */
  take(count: number): Promise<readonly Batch[]>
  /** The keys of `take(count)`, in order. */
  keys(count: number): Promise<readonly string[]>
  settle(offset: Partial<Offset>, outcomes?: readonly NewRecord[]): Promise<void>
}

/** One test's broker with a topic of its own: a server keeps its topics from test to test. */
export interface Ground {
  broker: Broker
  readonly topic: string
  readonly outcomes: string
  /** Creates both topics. */
  ensure(partitions: number): Promise<void>
  /** Appends one record for each key, the key being its value too. */
  produce(...keys: string[]): Promise<void>
  member(group: string, options?: Partial<SubscribeOptions>): Promise<MemberUnderTest>
  /** The first `count` records of `topic`, by a reader. */
  read(topic: string, count: number, from?: ReadFrom): Promise<readonly ReceivedRecord[]>
  /** Goes on with the broker opened again. */
  reopen(): Promise<void>
}

/** A record whose value is its key. */
export function record(topic: string, key: string, once?: string): NewRecord {
  return { topic, key: Buffer.from(key), value: Buffer.from(key), headers: [], once }
}

/** The keys of `records` as text, in order. */
export function keysOf(records: readonly Pick<ReceivedRecord, 'key'>[]): readonly string[] {
  return records.map(({ key }) => Buffer.from(key ?? []).toString())
}

/** Bytes, whatever view an adapter gives of them. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** A ground for the test `t`, removed after it. */
export async function ground(t: TestContext, { create }: BrokerContract): Promise<Ground> {
  const under = await create()
  t.after(() => under.dispose())
  const topic = `contract-${randomUUID()}`
  const outcomes = `${topic}-outcomes`
  const self: Ground = {
    broker: under.broker,
    topic,
    outcomes,
    ensure: (partitions) =>
      self.broker.ensure([topic, outcomes].map((name) => ({ name, partitions }))),
    produce: (...keys) => self.broker.produce(keys.map((key) => record(topic, key))),
    member: async (group, options = {}) =>
      memberOf(await self.broker.subscribe({ ...SUBSCRIBE, topic, group, ...options })),
    read: (name, count, from = 'earliest') => readRecords(self.broker, { name, count, from }),
    reopen: async () => {
      self.broker = await under.reopen()
    },
  }
  return self
}

const SUBSCRIBE = { from: 'earliest', batchRecordsMax: 100, batchSizeBytesMax: 1_000_000 } as const

function memberOf(subscription: Subscription): MemberUnderTest {
  let iterator: AsyncIterator<Batch> | undefined
  const take = async (count: number) => {
    iterator ??= subscription[Symbol.asyncIterator]()
    const batches: Batch[] = []
    for (let taken = 0; taken < count; ) {
      const { done, value } = await iterator.next()
      if (done) throw new Error(`the subscription ended after ${taken} of ${count} records`)
      batches.push(value)
      taken += value.records.length
    }
    return batches
  }
  return {
    subscription,
    take,
    keys: async (count) => keysOf((await take(count)).flatMap(({ records }) => records)),
    settle: (offset, outcomes = []) =>
      subscription.settle([{ partition: 0, next: 0, ...offset }], outcomes),
  }
}

async function readRecords(
  broker: Broker,
  { name, count, from }: { name: string; count: number; from: ReadFrom },
): Promise<readonly ReceivedRecord[]> {
  const ended = new AbortController()
  const records: ReceivedRecord[] = []
  for await (const one of broker.read(name, from, ended.signal)) {
    records.push(one)
    if (records.length === count) ended.abort()
  }
  return records
}
