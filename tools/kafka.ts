import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { messageOf } from '../src/std/errors.ts'
import { startKafka } from './kafka/cluster.ts'
import { KAFKA_VERSION } from './kafka/jars.ts'
import { whatKafkaLacks } from './kafka/requirements.ts'

// Gives one Apache Kafka by hand until Ctrl-C: npm run kafka -- [--brokers 1|2|3] [--port PORT]
try {
  await run()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}

async function run(): Promise<void> {
  const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const cluster = await startKafka({ ...chosen(), isLongLived: true })
  const servers = cluster.servers().join()
  console.log(`Apache Kafka ${KAFKA_VERSION} runs at

  kafka://${servers}

Name that address as a broker in fogline.yaml. For the tests, in place of one of their own:

  FOGLINE_TEST_KAFKA=${servers} npm test

Ctrl-C ends it and removes its data.`)
  await ended
  await cluster.close()
}

function chosen() {
  const lack = whatKafkaLacks('plain')
  if (lack) throw new Error(lack)
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
  return { brokers, port }
}
