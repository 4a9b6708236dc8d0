import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { type Certificates, makeCertificates } from '../../tools/kafka/certificates.ts'
import { type KafkaCluster, startKafka } from '../../tools/kafka/cluster.ts'
import { KAFKA_USER, type ListenerName, unsecuredToken } from '../../tools/kafka/security.ts'
import { needsOwnKafka } from '../fixtures/kafka.ts'

type Login = Pick<ConstructorParameters<typeof Admin>[0], 'tls' | 'sasl'>

const HOUR_MS = 3_600_000
const soon = unsecuredToken(new Date(Date.now() + HOUR_MS))
const past = unsecuredToken(new Date(Date.now() - HOUR_MS))
const wrong = { ...KAFKA_USER, password: 'wrong' }

describe('the listeners of a Kafka for tests', needsOwnKafka(), () => {
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

  const rows: readonly (readonly [string, ListenerName, () => Login, boolean])[] = [
    ['plain', 'plain', () => ({}), true],
    ['TLS', 'tls', () => ({ tls: { ca: known.ca } }), true],
    ['TLS by an authority that is not trusted', 'tls', () => ({ tls: { ca: foreign.ca } }), false],
    ['a client certificate', 'mtls', () => ({ tls: clientOf(known) }), true],
    ['no client certificate', 'mtls', () => ({ tls: { ca: known.ca } }), false],
    ['a foreign one', 'mtls', () => ({ tls: { ...clientOf(foreign), ca: known.ca } }), false],
    ['nobody', 'sasl', () => ({}), false],
    ...(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).flatMap(
      (mechanism) =>
        [
          [mechanism, 'sasl', () => ({ sasl: { mechanism, ...KAFKA_USER } }), true],
          [`${mechanism}, wrong`, 'sasl', () => ({ sasl: { mechanism, ...wrong } }), false],
        ] as const,
    ),
    ['a token', 'sasl', () => ({ sasl: { mechanism: 'OAUTHBEARER', token: soon } }), true],
    ['an old token', 'sasl', () => ({ sasl: { mechanism: 'OAUTHBEARER', token: past } }), false],
    [
      'a password under TLS',
      'sasl-tls',
      () => ({ tls: { ca: known.ca }, sasl: { mechanism: 'SCRAM-SHA-512', ...KAFKA_USER } }),
      true,
    ],
  ]
  for (const [title, listener, login, isTaken] of rows) {
    it(`${isTaken ? 'take' : 'refuse'} ${title}`, async () => {
      const asked = brokersSeen(cluster.servers(listener), login())
      if (isTaken) assert.equal(await asked, 1)
      else await assert.rejects(asked)
    })
  }
})

function clientOf({ ca, clientCert, clientKey }: Certificates) {
  return { ca, cert: clientCert, key: clientKey }
}

async function brokersSeen(servers: readonly string[], login: Login): Promise<number> {
  const admin = new Admin({
    clientId: 'test',
    bootstrapBrokers: [...servers],
    retries: 0,
    ...login,
  })
  try {
    return (await admin.metadata({})).brokers.size
  } finally {
    await admin.close()
  }
}
