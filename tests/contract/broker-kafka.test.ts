import { describe } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'
import { testBroker } from './broker-contract.ts'

describe('Kafka', needsKafka(), () => {
  const server = kafkaServer()
  testBroker('kafka:', {
    capabilities: {
      transactional: false,
      remembersOnce: false,
      remembersAhead: true,
      canReopen: true,
    },
    create: async () => {
      const address = `kafka://${await server()}`
      let broker = await openBroker(address)
      return {
        broker,
        reopen: async () => {
          await broker.close()
          broker = await openBroker(address)
          return broker
        },
        dispose: () => broker.close(),
      }
    },
  })
})
