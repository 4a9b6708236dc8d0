import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KAFKA_DEFAULTS } from '../../src/brokers/kafka/kafka-config.ts'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker } from '../../src/core/broker.ts'
import { type KafkaCluster, startKafka } from '../../tools/kafka/cluster.ts'
import { RIG_TOPICS } from '../fixtures/connector/rig.ts'
import {
  drained,
  FAULT_RECORDS,
  GUARANTEES,
  judge,
  sendSamples,
  startWorker,
} from '../fixtures/faults/scene.ts'
import { needsOwnKafka } from '../fixtures/kafka.ts'

/** Of the group's own topics, too, so that they live on where a broker goes. */
const SETTINGS = {
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'min.insync.replicas': '2',
}

function openCluster(cluster: KafkaCluster): Promise<Broker> {
  return openBroker({
    kind: 'kafka',
    servers: cluster.servers(),
    ...KAFKA_DEFAULTS,
    replication: 3,
  })
}

describe('a cluster of three brokers', needsOwnKafka(), () => {
  for (const guarantee of GUARANTEES) {
    it(`of which one is killed loses and doubles nothing, ${guarantee}`, async (t) => {
      const cluster = await startKafka({ brokers: 3, settings: SETTINGS })
      t.after(() => cluster.close())
      const broker = await openCluster(cluster)
      await broker.ensure(RIG_TOPICS)
      const own = await openCluster(cluster)
      const connector = startWorker({ broker: own, member: 'worker-0', guarantee })
      await connector.ready
      let killed: Promise<void> | undefined
      await sendSamples(broker, {
        perSecond: FAULT_RECORDS / 5,
        onChunk: (sent) => {
          if (sent >= FAULT_RECORDS / 3) killed ??= cluster.stopBroker(2, 'SIGKILL')
        },
      })
      await killed
      assert.ok(killed)
      await drained(broker)
      await connector.close()
      await judge(t, { broker, sent: FAULT_RECORDS, guarantee })
      await Promise.all([own.close(), broker.close()])
    })
  }
})
