import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { type Compression, KAFKA_DEFAULTS } from '../../src/brokers/kafka/kafka-config.ts'
import { openBroker } from '../../src/brokers/open.ts'
import { kafkaTool } from '../../tools/kafka/tool.ts'
import { kafkaServer, needsKafka, needsOwnKafka } from '../fixtures/kafka.ts'

const server = kafkaServer()
const VALUES = Array.from({ length: 50 }, (_, at) => `value ${at} ${'x'.repeat(at)}`)

describe('compression', needsKafka(), () => {
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] satisfies Compression[]) {
    it(
      `${compression}: what we write, we and Kafka's own consumer read`,
      needsOwnKafka(),
      async (t) => {
        const address = await server()
        const config = {
          kind: 'kafka',
          servers: [address],
          ...KAFKA_DEFAULTS,
          compression,
        } as const
        const broker = await openBroker(config)
        t.after(() => broker.close())
        const topic = randomUUID()
        await broker.ensure([{ name: topic, partitions: 1 }])
        await broker.produce(
          VALUES.map((value) => ({ topic, value: Buffer.from(value), headers: [] })),
        )
        const read: string[] = []
        const ended = new AbortController()
        for await (const { value } of broker.read(topic, 'earliest', ended.signal)) {
          if (read.push(Buffer.from(value).toString()) === VALUES.length) ended.abort()
        }
        assert.deepEqual(read, VALUES)
        const { stdout } = await kafkaTool('kafka-console-consumer', {
          servers: address,
          args: ['--topic', topic, '--from-beginning', '--max-messages', String(VALUES.length)],
        })
        assert.deepEqual(
          stdout.split('\n').filter((line) => line.startsWith('value')),
          VALUES,
        )
      },
    )
  }
})
