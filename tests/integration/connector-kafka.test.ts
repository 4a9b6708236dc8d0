import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker } from '../../src/core/broker.ts'
import { readUntilMarked } from '../fixtures/connector/read-until-marked.ts'
import { renamed } from '../fixtures/connector/renamed.ts'
import {
  answerOf,
  headerOf,
  RIG_TOPICS,
  sampleRecord,
  startRig,
} from '../fixtures/connector/rig.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'
import { until } from '../fixtures/until.ts'

const server = kafkaServer()

async function opened(prefix: string): Promise<Broker> {
  return renamed(await openBroker(`kafka://${await server()}`), prefix)
}

describe('the connector on Kafka', needsKafka(), () => {
  for (const guarantee of ['at-least-once', 'exactly-once'] as const) {
    it(`gives every record one outcome while members come and go, ${guarantee}`, async () => {
      const prefix = randomUUID()
      const broker = await opened(prefix)
      await broker.ensure(RIG_TOPICS)
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
      await assertNoLag(broker)
      await Promise.all([...brokers, broker].map((one) => one.close()))
    })
  }
})

/** Who works on what transactions wrote ends without lag, though their ends take offsets, too. */
async function assertNoLag(broker: Broker): Promise<void> {
  const member = await broker.subscribe({
    topic: 'fog-input',
    group: 'digits-fog',
    from: 'earliest',
    batchRecordsMax: 1_000,
    batchSizeBytesMax: 1_000_000,
  })
  for await (const { partition, records } of member) {
    await member.settle([{ partition, next: (records.at(-1)?.offset ?? -1) + 1 }], [])
    if ((await broker.lag('fog-input', 'digits-fog')) === 0) break
  }
  await member.close()
}
