import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { kafkaConfigOf } from '../brokers/kafka/address.ts'
import { withFissionFile } from './fission-file.ts'
import { funnelConfig } from './funnel-config.ts'

const PRODUCER = '{"bootstrap_servers": ["kafka:1"]}'

describe('funnelConfig()', () => {
  it('takes a broker and a topic of ours', () => {
    const env = {
      FOGLINE_BROKER: 'kafka://kafka:1',
      FOGLINE_TOPIC: 'out',
      FOGLINE_PARTITIONS: '4',
      FOGLINE_TIMEOUT_MS: '500',
      FOGLINE_PORT: '0',
    }
    assert.deepEqual(funnelConfig(env), {
      listen: { host: '127.0.0.1', port: 0 },
      broker: kafkaConfigOf('kafka://kafka:1'),
      topic: { name: 'out', partitions: 4 },
      timeoutMs: 500,
    })
  })

  it('takes how a cluster is used', () => {
    const { broker } = funnelConfig({
      FOGLINE_BROKER: 'kafka://kafka:1',
      FOGLINE_TOPIC: 'out',
      FOGLINE_COMPRESSION: 'zstd',
      FOGLINE_CREATE: 'false',
      FOGLINE_REPLICATION: '3',
    })
    assert.deepEqual([broker.compression, broker.create, broker.replication], ['zstd', false, 3])
  })

  it("takes the prototype's settings", () => {
    const { broker, topic } = funnelConfig({ FUNNEL_TOPIC: 'out', FUNNEL_PRODUCER: PRODUCER })
    assert.deepEqual(broker.servers, ['kafka:1'])
    assert.deepEqual(topic, { name: 'out', partitions: 1 })
  })

  it('takes them from the file of a Fission function, under what the environment says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fogline-fission-'))
    const path = join(folder, 'funnel-edge-output')
    await writeFile(path, `{"topic": "theirs", "producer": ${PRODUCER}}`)
    const env = { FOGLINE_FISSION_CONFIG: path, FUNNEL_PRODUCER: '' }
    const theirs = funnelConfig(await withFissionFile(env))
    assert.equal(theirs.topic.name, 'theirs')
    assert.ok(typeof theirs.broker !== 'string')
    assert.deepEqual(theirs.broker.servers, ['kafka:1'])
    const ours = funnelConfig(await withFissionFile({ ...env, FUNNEL_TOPIC: 'ours' }))
    assert.equal(ours.topic.name, 'ours')
    await rm(folder, { recursive: true })
  })

  for (const [what, env] of [
    ['no broker', { FOGLINE_TOPIC: 'out' }],
    ['no topic', { FUNNEL_PRODUCER: PRODUCER }],
    [
      'a time limit of nothing',
      { FUNNEL_PRODUCER: PRODUCER, FUNNEL_TOPIC: 'a', FOGLINE_TIMEOUT_MS: '0' },
    ],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => funnelConfig(env), { code: 'ERR_CONFIG' }))
  }

  it('refuses a file that is not there', async () => {
    await assert.rejects(withFissionFile({ FOGLINE_FISSION_CONFIG: '/nowhere' }), {
      code: 'ERR_CONFIG',
    })
  })
})
