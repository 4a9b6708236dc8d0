import { describe } from 'node:test'
import { KAFKA_DEFAULTS, type KafkaConfig } from '../../src/brokers/kafka/kafka-config.ts'
import { openBroker } from '../../src/brokers/open.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'
import { testBroker } from './broker-contract.ts'

const server = kafkaServer()

describe('Kafka', needsKafka(), () => {
  for (const groupProtocol of ['classic', 'consumer'] as const) {
    testBroker(`kafka: with groups of the ${groupProtocol} protocol`, {
      capabilities: {
        transactional: false,
        remembersOnce: false,
        // The client commits no metadata in KIP-848's groups.
        remembersAhead: groupProtocol === 'classic',
        canReopen: true,
      },
      create: async () => {
        const config: KafkaConfig = {
          kind: 'kafka',
          servers: [await server()],
          ...KAFKA_DEFAULTS,
          groupProtocol,
        }
        let broker = await openBroker(config)
        return {
          broker,
          reopen: async () => {
            await broker.close()
            broker = await openBroker(config)
            return broker
          },
          dispose: () => broker.close(),
        }
      },
    })
  }
})
