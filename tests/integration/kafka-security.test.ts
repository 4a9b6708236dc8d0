import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  KAFKA_DEFAULTS,
  type KafkaConfig,
  type KafkaTls,
} from '../../src/brokers/kafka/kafka-config.ts'
import { openBroker } from '../../src/brokers/open.ts'
import { messageOf } from '../../src/std/errors.ts'
import { type Certificates, makeCertificates } from '../../tools/kafka/certificates.ts'
import { type KafkaCluster, startKafka } from '../../tools/kafka/cluster.ts'
import { KAFKA_USER, type ListenerName, unsecuredToken } from '../../tools/kafka/security.ts'
import { needsOwnKafka } from '../fixtures/kafka.ts'

type Login = Pick<KafkaConfig, 'tls' | 'sasl'>

const HOUR_MS = 3_600_000
const soon = unsecuredToken(new Date(Date.now() + HOUR_MS))
const past = unsecuredToken(new Date(Date.now() - HOUR_MS))
const { username, password } = KAFKA_USER
const right = { username, password: () => password }
const wrong = { username, password: () => 'not so secret' }

describe('a Kafka cluster that asks who one is', needsOwnKafka(), () => {
  let cluster: KafkaCluster
  let known: Certificates
  let foreign: Certificates

  before(async () => {
    cluster = await startKafka({ listeners: ['plain', 'tls', 'mtls', 'sasl', 'sasl-tls'] })
    known = cluster.certificates
    const folder = await mkdtemp(join(tmpdir(), 'fogline-certificates-'))
    foreign = await makeCertificates(folder)
    await rm(folder, { recursive: true })
  })
  after(() => cluster?.close())

  const taken: readonly (readonly [string, ListenerName, () => Login])[] = [
    ['nobody, where all are welcome', 'plain', () => ({})],
    ['TLS', 'tls', () => ({ tls: { ca: () => known.ca } })],
    ['a client certificate', 'mtls', () => ({ tls: clientOf(known, known) })],
    ...(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).map(
      (mechanism) => [mechanism, 'sasl', () => ({ sasl: { mechanism, ...right } })] as const,
    ),
    [
      'a token that is asked for late',
      'sasl',
      () => ({ sasl: { mechanism: 'OAUTHBEARER', token: async () => soon } }),
    ],
    [
      'a password under TLS',
      'sasl-tls',
      () => ({ tls: { ca: () => known.ca }, sasl: { mechanism: 'SCRAM-SHA-512', ...right } }),
    ],
  ]
  for (const [title, listener, login] of taken) {
    it(`takes ${title}: there, through a group, and back`, async () => {
      const broker = await openBroker(configOf(cluster.servers(listener), login()))
      const topic = randomUUID()
      await broker.ensure([{ name: topic, partitions: 1 }])
      await broker.produce([{ topic, value: Buffer.from('there'), headers: [] }])
      const subscription = await broker.subscribe({
        topic,
        group: topic,
        from: 'earliest',
        batchRecordsMax: 1,
        batchSizeBytesMax: 1,
      })
      for await (const { records } of subscription) {
        assert.equal(Buffer.from(records[0]?.value ?? []).toString(), 'there')
        await subscription.settle([{ partition: 0, next: 1 }], [])
        break
      }
      assert.equal(await broker.lag(topic, topic), 0)
      await broker.close()
    })
  }

  const refused: readonly (readonly [string, ListenerName, () => Login, RegExp])[] = [
    [
      'an authority that is not trusted',
      'tls',
      () => ({ tls: { ca: () => foreign.ca } }),
      /certificate/,
    ],
    ['no TLS', 'tls', () => ({}), /TLS/],
    ['no client certificate', 'mtls', () => ({ tls: { ca: () => known.ca } }), /certificate/],
    ['a foreign client certificate', 'mtls', () => ({ tls: clientOf(foreign, known) }), /certif/],
    ...(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).map(
      (mechanism) =>
        [
          `${mechanism} with a wrong password`,
          'sasl',
          () => ({ sasl: { mechanism, ...wrong } }),
          /SASL authentication failed/,
        ] as const,
    ),
    [
      'an old token',
      'sasl',
      () => ({ sasl: { mechanism: 'OAUTHBEARER', token: () => past } }),
      /SASL authentication failed/,
    ],
  ]
  for (const [title, listener, login, reason] of refused) {
    it(`refuses ${title}, with its address and the reason, and no secret`, async () => {
      const servers = cluster.servers(listener)
      const broker = await openBroker(configOf(servers, login()))
      const error: unknown = await broker
        .ensure([{ name: randomUUID(), partitions: 1 }])
        .catch((caught: unknown) => caught)
      const text = messageOf(error)
      assert.equal((error as { code?: string }).code, 'ERR_BROKER', text)
      assert.match(text, reason)
      assert.ok(text.includes(servers[0] ?? '?'), text)
      for (const secret of ['not so secret', past]) assert.ok(!text.includes(secret), text)
      await broker.close()
    })
  }
})

function configOf(servers: readonly string[], login: Login): KafkaConfig {
  return { kind: 'kafka', servers, ...KAFKA_DEFAULTS, ...login }
}

function clientOf(client: Certificates, authority: Certificates): KafkaTls {
  return {
    ca: () => authority.ca,
    cert: () => client.clientCert,
    key: () => client.clientKey,
  }
}
