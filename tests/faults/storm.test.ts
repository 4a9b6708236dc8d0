import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import type { Connector } from '../../src/connector/connector.ts'
import type { Broker } from '../../src/core/broker.ts'
import { RIG_TOPICS } from '../fixtures/connector/rig.ts'
import {
  drained,
  FAULT_RECORDS,
  GUARANTEES,
  judge,
  sceneBroker,
  sendSamples,
  startWorker,
} from '../fixtures/faults/scene.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'

const server = kafkaServer()

interface Worker {
  readonly broker: Broker
  readonly connector: Connector
}

describe('a storm of rebalances', needsKafka(), () => {
  for (const guarantee of GUARANTEES) {
    it(`from one worker to five and to two loses and doubles nothing, ${guarantee}`, async (t) => {
      const prefix = randomUUID()
      const address = await server()
      const broker = await sceneBroker(address, prefix)
      await broker.ensure(RIG_TOPICS)
      const workers: Worker[] = []
      const scaleTo = async (count: number) => {
        while (workers.length < count) {
          const own = await sceneBroker(address, prefix)
          workers.push({ broker: own, connector: startWorker({ broker: own, guarantee }) })
        }
        await Promise.all(workers.splice(count).map(close))
      }
      const steps = new Map([
        [0, 1],
        [Math.floor(FAULT_RECORDS * 0.25), 5],
        [Math.floor(FAULT_RECORDS * 0.75), 2],
      ])
      await sendSamples(broker, {
        perSecond: FAULT_RECORDS / 6,
        onChunk: async (sent) => {
          const count = steps.get(sent)
          if (count !== undefined) await scaleTo(count)
        },
      })
      await drained(broker)
      await scaleTo(0)
      await judge(t, { broker, sent: FAULT_RECORDS, guarantee })
      await broker.close()
    })
  }
})

async function close({ broker, connector }: Worker): Promise<void> {
  await connector.close()
  await broker.close()
}
