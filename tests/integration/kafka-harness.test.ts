import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { startKafka } from '../../tools/kafka/cluster.ts'
import { type KafkaToolRun, kafkaTool } from '../../tools/kafka/tool.ts'
import { beforeAnswer } from '../fixtures/cut-triggers.ts'
import { kafkaServer, needsKafka, needsOwnKafka } from '../fixtures/kafka.ts'
import { startKafkaBehindProxy } from '../fixtures/kafka-behind-proxy.ts'
import { API_KEYS } from '../fixtures/kafka-frames.ts'

const server = kafkaServer()

describe('a Kafka that tests share', needsKafka(), () => {
  it('is one for all that ask', async () => {
    const servers = await server()
    assert.equal(await server(), servers)
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: servers.split(',') })
    try {
      assert.notEqual((await admin.metadata({})).brokers.size, 0)
    } finally {
      await admin.close()
    }
  })
})

// Two at a time: much of each is waiting.
describe('a Kafka for tests', { ...needsOwnKafka(), concurrency: 2 }, () => {
  it("takes records from Kafka's own producer and gives them to its consumer", async () => {
    const servers = await server()
    const topic = await topicOn(servers)
    await produce(servers, topic, 'one\ntwo\n')
    assert.equal(await consume(servers, topic, 2), 'one\ntwo\n')
  })

  it('keeps its records and its address when a broker is killed and started again', async () => {
    const cluster = await startKafka()
    try {
      const servers = cluster.servers().join()
      const topic = await topicOn(servers)
      await produce(servers, topic, 'one\n')
      await cluster.stopBroker(1, 'SIGKILL')
      await cluster.startBroker(1)
      await produce(servers, topic, 'two\n')
      assert.equal(await consume(servers, topic, 2), 'one\ntwo\n')
    } finally {
      await cluster.close()
    }
  })

  it('of three brokers goes on without one of them', async () => {
    const cluster = await startKafka({ brokers: 3 })
    try {
      const servers = cluster.servers().join()
      const topic = await topicOn(servers)
      await cluster.stopBroker(1, 'SIGKILL')
      await produce(servers, topic, 'one\n')
      assert.equal(await consume(servers, topic, 1), 'one\n')
    } finally {
      await cluster.close()
    }
  })

  it('behind a proxy is cut off between a write and its answer, and has the record once', async () => {
    const { proxy, server, directServer, close } = await startKafkaBehindProxy()
    try {
      const topic = await topicOn(directServer)
      const cut = proxy.cutWhen(beforeAnswer(API_KEYS.Produce))
      await Promise.all([cut, produce(server, topic, 'one\n')])
      await produce(directServer, topic, 'two\n')
      assert.equal(await consume(server, topic, 2), 'one\ntwo\n')
    } finally {
      await close()
    }
  })
})

async function topicOn(servers: string): Promise<string> {
  const topic = randomUUID()
  await tool('kafka-topics', { servers, args: ['--create', '--topic', topic] })
  return topic
}

async function produce(servers: string, topic: string, input: string): Promise<void> {
  await tool('kafka-console-producer', { servers, args: ['--topic', topic], input })
}

async function consume(servers: string, topic: string, count: number): Promise<string> {
  const args = ['--topic', topic, '--from-beginning', '--max-messages', String(count)]
  return tool('kafka-console-consumer', { servers, args })
}

async function tool(name: Parameters<typeof kafkaTool>[0], run: KafkaToolRun): Promise<string> {
  const { code, stdout, stderr } = await kafkaTool(name, run)
  assert.equal(code, 0, `${name}: ${stdout}${stderr}`)
  return stdout
}
