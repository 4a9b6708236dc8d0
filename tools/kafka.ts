import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { startKafka } from './kafka/cluster.ts'
import { KAFKA_VERSION } from './kafka/jars.ts'
import { whatKafkaLacks } from './kafka/requirements.ts'

// Gives one Apache Kafka by hand until Ctrl-C: npm run kafka -- [--brokers 1|2|3] [--port PORT]
const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '1' },
    port: { type: 'string', default: '9092' },
  },
})
const brokers = ([1, 2, 3] as const).find((count) => String(count) === values.brokers)
const port = Number(values.port)
if (!brokers) throw new RangeError(`--brokers is "${values.brokers}" (1, 2 or 3)`)
if (!(port > 0 && port < 65_536)) throw new RangeError(`--port is "${values.port}" (1 to 65535)`)
const lack = whatKafkaLacks()
if (lack) throw new Error(lack)

const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
const cluster = await startKafka({ brokers, port })
console.log(`Apache Kafka ${KAFKA_VERSION} runs at

  kafka://${cluster.servers().join()}

Name that address as a broker in fogline.yaml. For the tests, instead of one of their own:

  FOGLINE_TEST_KAFKA=${cluster.servers().join()} npm test

Ctrl-C ends it and removes its data.`)
await ended
await cluster.close()
