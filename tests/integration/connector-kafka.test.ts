import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker, ReceivedRecord } from '../../src/core/broker.ts'
import { answerOf, headerOf, sampleRecord, startRig } from '../fixtures/connector/rig.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'
import { until } from '../fixtures/until.ts'

const server = kafkaServer()

/** Topics of a test's own on a broker that other tests use, under the rig's names. */
function renamed(broker: Broker, prefix: string): Broker {
  const name = (topic: string) => `${prefix}-${topic}`
  return {
    ensure: (topics) => broker.ensure(topics.map((one) => ({ ...one, name: name(one.name) }))),
    produce: (records) =>
      broker.produce(records.map((one) => ({ ...one, topic: name(one.topic) }))),
    subscribe: async (options) => {
      const subscription = await broker.subscribe({
        ...options,
        topic: name(options.topic),
        group: name(options.group),
      })
      return {
        [Symbol.asyncIterator]: () => subscription[Symbol.asyncIterator](),
        settle: (offsets, outcomes) =>
          subscription.settle(
            offsets,
            outcomes.map((one) => ({ ...one, topic: name(one.topic) })),
          ),
        pause: (partition) => subscription.pause(partition),
        resume: (partition) => subscription.resume(partition),
        close: () => subscription.close(),
      }
    },
    read: (topic, from, signal) => broker.read(name(topic), from, signal),
    lag: (topic, group) => broker.lag(name(topic), name(group)),
    close: () => broker.close(),
  }
}

async function opened(prefix: string): Promise<Broker> {
  return renamed(await openBroker(`kafka://${await server()}`), prefix)
}

const PARTITIONS = 4

/** What lies in a topic: the ends of transactions take offsets too, so counting offsets does not do. */
async function readUntilMarked(broker: Broker, topic: string): Promise<readonly ReceivedRecord[]> {
  const mark = { topic, value: Buffer.from('mark'), headers: [] }
  // Records without a key take turns: one for each partition.
  for (let turn = 0; turn < PARTITIONS; turn++) await broker.produce([mark])
  const records: ReceivedRecord[] = []
  const marked = new Set<number>()
  const ended = new AbortController()
  for await (const record of broker.read(topic, 'earliest', ended.signal)) {
    if (Buffer.from(record.value).equals(mark.value)) marked.add(record.partition)
    else records.push(record)
    if (marked.size === PARTITIONS) ended.abort()
  }
  return records
}

const TOPICS = ['edge-input', 'edge-output', 'fog-input', 'edge-input.dlq'].map((name) => ({
  name,
  partitions: PARTITIONS,
}))

describe('the connector on Kafka', needsKafka(), () => {
  for (const guarantee of ['at-least-once', 'exactly-once'] as const) {
    it(`gives every record one outcome while members come and go, ${guarantee}`, async () => {
      const prefix = randomUUID()
      const broker = await opened(prefix)
      await broker.ensure(TOPICS)
      const count = 4_000
      for (let at = 0; at < count; at += 500) {
        await broker.produce(
          Array.from({ length: 500 }, (_, index) => ({
            ...sampleRecord([at + index, index % 3 === 0 ? 1 : 0], `k${index % 40}`),
          })),
        )
      }
      const brokers: Broker[] = []
      const start = async () => {
        const own = await opened(prefix)
        brokers.push(own)
        const invoke = async (invocation: Parameters<typeof answerOf>[0]) => answerOf(invocation)
        return startRig({ broker: own, guarantee, invoke, limits: { invocationRecordsMax: 16 } })
      }
      const first = await start()
      await first.ready
      const others = [await start(), await start()]
      await until(async () => (await broker.lag('edge-input', 'digits-edge')) < count / 2)
      await others[0]?.close()
      await until(async () => (await broker.lag('edge-input', 'digits-edge')) === 0)
      await Promise.all([first, others[1]].map((connector) => connector?.close()))
      const all = [
        ...(await readUntilMarked(broker, 'edge-output')),
        ...(await readUntilMarked(broker, 'fog-input')),
      ]
      const ids = new Set(all.map((record) => headerOf(record, 'fogline-id')))
      assert.equal(ids.size, count)
      if (guarantee === 'exactly-once') assert.equal(all.length, count)
      await Promise.all([...brokers, broker].map((one) => one.close()))
    })
  }
})
