import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import { startKafka } from '../../tools/kafka/cluster.ts'
import { readAll } from '../fixtures/connector/read-all.ts'
import { startFunction } from '../fixtures/functions/program.ts'
import { needsOwnKafka } from '../fixtures/kafka.ts'
import { until } from '../fixtures/until.ts'

const envelope = (value: number) => `{"key":"k","headers":{"h":"x"},"value":[[${value}, 1.0]]}`

describe('funnel.main.ts', needsOwnKafka(), () => {
  it('never answers 200 for what is not in Kafka, and writes it when its broker is back', async (test) => {
    const cluster = await startKafka()
    const servers = cluster.servers()
    const broker = await openBroker(`kafka://${servers}`)
    try {
      const { url, child } = await startFunction(test, {
        path: 'functions/funnel.main.ts',
        env: {
          FUNNEL_TOPIC: 'fission.inference.edge-output',
          FUNNEL_PRODUCER: JSON.stringify({ bootstrap_servers: servers, acks: 1 }),
          FOGLINE_TIMEOUT_MS: '1000',
        },
      })
      const post = async (value: number) => {
        const answer = await fetch(url, { method: 'POST', body: envelope(value) })
        return answer.status
      }
      assert.equal(await post(0), 200)
      await cluster.stopBroker(1, 'SIGKILL')
      assert.equal(await post(1), 503)
      await cluster.startBroker(1)
      await until(async () => (await post(1)) === 200)
      const records = await readAll(broker, 'fission.inference.edge-output')
      const values = new Set(records.map(({ value }) => Buffer.from(value).toString()))
      assert.deepEqual([...values], ['[[0, 1.0]]', '[[1, 1.0]]'])
      for (const { key, headers } of records) {
        assert.equal(Buffer.from(key ?? []).toString(), 'k')
        assert.deepEqual(
          headers.map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
          [['h', 'x']],
        )
      }
      child.kill('SIGTERM')
      assert.deepEqual(await once(child, 'exit'), [0, null])
    } finally {
      await broker.close()
      await cluster.close()
    }
  })
})
