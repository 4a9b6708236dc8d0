import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { KAFKA_DEFAULTS } from '../../brokers/kafka/kafka-config.ts'
import { FoglineError } from '../../std/errors.ts'
import { parsePipeline } from '../parse-pipeline.ts'
import type { Pipeline } from '../pipeline.ts'

const parse = (text: string): Pipeline =>
  parsePipeline(text, { file: 'fogline.yaml', folder: '/home/someone', env: { TOKEN: 'abc' } })

/** A file with this broker, used by its only tier. */
const file = (broker: string) => `brokers: { b: ${broker} }\ntiers: [a.keras]`

/** The key that the tier of such a file has. */
const keyOf = (text: string) => parse(text).tiers[0]?.input.broker

describe('parsePipeline() reads', () => {
  for (const [address, key] of [
    ['kafka://fog:9092', 'kafka://fog:9092'],
    ['kafka://fog', 'kafka://fog:9092'],
    [
      'kafka://B2.example.org:9093,b1.example.org',
      'kafka://b1.example.org:9092,b2.example.org:9093',
    ],
    ['kafka://a:1,a:1', 'kafka://a:1'],
    ['kafka://[::1]:9092,10.0.0.1', 'kafka://10.0.0.1:9092,[::1]:9092'],
    ['embedded:./x', `embedded:${resolve('/home/someone/x')}`],
    ['memory', 'memory:'],
  ] as const) {
    it(`${address} as ${key}, under a name and in place`, () => {
      assert.equal(keyOf(file(JSON.stringify(address))), key)
      const inPlace = `tiers: [{ model: a.keras, input: { broker: ${JSON.stringify(address)} } }]`
      assert.equal(keyOf(inPlace), key)
      assert.deepEqual(parse(inPlace).clusters, {})
    })
  }

  it('a cluster that says no more than its address', () => {
    const { clusters } = parse(file('{ address: "kafka://h1,h2:1" }'))
    assert.deepEqual(clusters, {
      'kafka://h1:9092,h2:1': { kind: 'kafka', servers: ['h1:9092', 'h2:1'], ...KAFKA_DEFAULTS },
    })
  })

  it('every field of a cluster', () => {
    const { clusters, tiers } = parse(`
brokers:
  edge: embedded:./data
  cloud:
    address: kafka://h:1
    tls: { ca: { file: ca.pem }, cert: { file: c.pem }, key: { env: KEY }, serverName: b.example.org }
    sasl: { mechanism: scram-sha-512, username: fogline, password: { env: PASSWORD } }
    compression: zstd
    group: { protocol: classic, sessionTimeout: 45s }
    create: false
    replication: 3
tiers:
  - { model: a.keras, input: { broker: edge } }
  - { model: b.keras, input: { broker: "kafka://h:1" }, output: { broker: edge } }
`)
    const cluster = clusters['kafka://h:1']
    assert.equal(tiers[1]?.input.broker, 'kafka://h:1')
    const kinds = Object.entries({ ...cluster?.tls }).map(([name, value]) => [name, typeof value])
    assert.deepEqual(Object.fromEntries(kinds), {
      ca: 'function',
      cert: 'function',
      key: 'function',
      serverName: 'string',
    })
    const { tls, sasl, ...rest } = { ...cluster }
    assert.deepEqual(rest, {
      kind: 'kafka',
      servers: ['h:1'],
      compression: 'zstd',
      groupProtocol: 'classic',
      sessionTimeoutMs: 45_000,
      create: false,
      replication: 3,
    })
    assert.deepEqual(sasl && { ...sasl, password: undefined }, {
      mechanism: 'SCRAM-SHA-512',
      username: 'fogline',
      password: undefined,
    })
  })

  it('TLS by the authorities of the system, a token, groups of KIP-848', async () => {
    const cluster = parse(
      file(
        '{ address: "kafka://h:1", tls: true, sasl: { mechanism: oauthbearer, token: { env: TOKEN } }, group: { protocol: consumer } }',
      ),
    ).clusters['kafka://h:1']
    assert.deepEqual([cluster?.tls, cluster?.groupProtocol], [{}, 'consumer'])
    const { sasl } = { ...cluster }
    assert.equal(sasl?.mechanism, 'OAUTHBEARER')
    assert.equal(sasl?.mechanism === 'OAUTHBEARER' && (await sasl.token()), 'abc')
  })

  it('one cluster under two names', () => {
    const { tiers } = parse(
      'brokers: { a: &c { address: "kafka://h" }, b: *c, c: "kafka://h:9092" }\ntiers: [{ model: a.keras, input: { broker: b }, output: { broker: c }, guarantee: exactly-once }]',
    )
    assert.deepEqual(
      [tiers[0]?.input.broker, tiers[0]?.output.broker],
      Array(2).fill('kafka://h:9092'),
    )
  })
})

/** The lines of the error that `text` gives, without the first one. */
function problems(text: string): readonly string[] {
  try {
    parse(text)
  } catch (error) {
    assert.ok(error instanceof FoglineError && error.code === 'ERR_CONFIG', String(error))
    return error.message.split('\n').slice(1)
  }
  return []
}

const cluster = (fields: string) => file(`{ address: "kafka://h", ${fields} }`)
const NOT_SHOWN = 'a value, not shown here, is not allowed'
const REFERENCE = '(a reference: { env: NAME } or { file: PATH })'

const refused: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'an address of no known kind',
    file('"mqtt://h"'),
    ['1:15: brokers.b: "mqtt://h" is not allowed (embedded:FOLDER, memory or kafka://HOST:PORT)'],
  ],
  [
    'a broker that is a number',
    file('9092'),
    [
      '1:15: brokers.b: 9092 is not allowed (embedded:FOLDER, memory or kafka://HOST:PORT, or a mapping with address)',
    ],
  ],
  [
    'a server without a host',
    file('"kafka://h,:9092"'),
    [
      '1:15: brokers.b: "kafka://h,:9092" is not allowed (kafka://HOST:PORT, further brokers after commas)',
    ],
  ],
  [
    'a port that is none',
    file('{ address: "kafka://h:99999" }'),
    [
      '1:26: brokers.b.address: "kafka://h:99999" is not allowed (kafka://HOST:PORT, further brokers after commas)',
    ],
  ],
  [
    'a port that is none, in place',
    'tiers: [{ model: a.keras, input: { broker: "kafka://h:0" } }]',
    [
      '1:44: tiers[0].input.broker: "kafka://h:0" is not allowed (kafka://HOST:PORT, further brokers after commas)',
    ],
  ],
  [
    'credentials in an address',
    file('"kafka://fogline:hunter2@h:9092"'),
    [
      '1:15: brokers.b: "kafka://…@h:9092" is not allowed (no credentials here: a mapping with address and sasl)',
    ],
  ],
  [
    'credentials in place',
    'tiers: [{ model: a.keras, input: { broker: "kafka://fogline:hunter2@h:9092" } }]',
    [
      '1:44: tiers[0].input.broker: "kafka://…@h:9092" is not allowed (no credentials here: a mapping with address and sasl)',
    ],
  ],
  [
    'credentials in an address without a scheme',
    file('"fogline:hunter2@h:9092"'),
    ['1:15: brokers.b: "…@h:9092" is not allowed (embedded:FOLDER, memory or kafka://HOST:PORT)'],
  ],
  [
    'a folder for a cluster',
    file('{ address: "embedded:x" }'),
    [
      '1:26: brokers.b.address: "embedded:x" is not allowed (kafka://HOST:PORT, further brokers after commas)',
    ],
  ],
  [
    'a cluster without an address',
    file('{ tls: true }'),
    ['1:15: brokers.b.address: is missing (kafka://HOST:PORT, further brokers after commas)'],
  ],
  [
    'a misspelt key of a cluster',
    cluster('comression: lz4'),
    ['1:39: brokers.b.comression: unknown key (did you mean "compression"?)'],
  ],
  [
    'a misspelt key of sasl, without its value',
    cluster('sasl: { mechanism: plain, username: u, pasword: hunter2 }'),
    ['1:78: brokers.b.sasl.pasword: unknown key (did you mean "password"?)'],
  ],
  [
    'a password in the file',
    cluster('sasl: { mechanism: plain, username: u, password: hunter2 }'),
    [`1:88: brokers.b.sasl.password: ${NOT_SHOWN} ${REFERENCE}`],
  ],
  [
    'a password that is a number',
    cluster('sasl: { mechanism: plain, username: u, password: 12345 }'),
    [`1:88: brokers.b.sasl.password: ${NOT_SHOWN} ${REFERENCE}`],
  ],
  [
    'a password where the name of its variable belongs',
    cluster('sasl: { mechanism: plain, username: u, password: { env: "hunter2!" } }'),
    [`1:88: brokers.b.sasl.password: ${NOT_SHOWN} ${REFERENCE}`],
  ],
  [
    'a password as a key',
    cluster('sasl: { mechanism: plain, username: u, password: { hunter2: } }'),
    [`1:88: brokers.b.sasl.password: ${NOT_SHOWN} ${REFERENCE}`],
  ],
  [
    'a secret of two references',
    cluster('tls: { ca: { env: A, file: b } }'),
    [`1:50: brokers.b.tls.ca: ${NOT_SHOWN} ${REFERENCE}`],
  ],
  [
    'a key in the file',
    cluster('tls: { cert: { file: c }, key: "-----BEGIN PRIVATE KEY-----" }'),
    [`1:70: brokers.b.tls.key: ${NOT_SHOWN} ${REFERENCE}`],
  ],
  [
    'a token in the file',
    cluster('sasl: { mechanism: oauthbearer, token: eyJhbGciOi }'),
    [`1:78: brokers.b.sasl.token: ${NOT_SHOWN} ${REFERENCE}`],
  ],
  [
    'credentials for a mapping',
    cluster('sasl: "plain:u:hunter2"'),
    [`1:45: brokers.b.sasl: ${NOT_SHOWN} (a mapping with mechanism)`],
  ],
  [
    'text for TLS',
    cluster('tls: "yes"'),
    [`1:44: brokers.b.tls: ${NOT_SHOWN} (true, or a mapping)`],
  ],
  [
    'a mechanism that there is not',
    cluster('sasl: { mechanism: gssapi }'),
    [
      '1:58: brokers.b.sasl.mechanism: "gssapi" is not allowed (one of plain, scram-sha-256, scram-sha-512, oauthbearer)',
    ],
  ],
  [
    'a password without a name',
    cluster('sasl: { mechanism: plain, password: { env: P } }'),
    ['1:45: brokers.b.sasl.username: is missing (mechanism plain needs it)'],
  ],
  [
    'a password for a token',
    cluster('sasl: { mechanism: oauthbearer, password: { env: P } }'),
    [
      '1:45: brokers.b.sasl.token: is missing (mechanism oauthbearer needs it)',
      '1:81: brokers.b.sasl.password: is not allowed (mechanism oauthbearer needs token)',
    ],
  ],
  [
    'a certificate without its key',
    cluster('tls: { cert: { file: c.pem } }'),
    ['1:44: brokers.b.tls.key: is missing (cert and key come together)'],
  ],
  [
    'a session that no broker takes',
    cluster('group: { sessionTimeout: 1s }'),
    ['1:64: brokers.b.group.sessionTimeout: "1s" is not allowed (from 6s to 30m)'],
  ],
  [
    'a session of a group whose brokers say it',
    cluster('group: { protocol: consumer, sessionTimeout: 10s }'),
    [
      '1:84: brokers.b.group.sessionTimeout: is not allowed (the brokers say it for groups of protocol consumer)',
    ],
  ],
  [
    'copies that are none',
    cluster('replication: 0'),
    ['1:52: brokers.b.replication: 0 is not allowed (a whole number from 1 to 1000)'],
  ],
  [
    'one cluster with two sets of settings',
    'brokers:\n  a: { address: "kafka://h", create: false }\n  b: { address: "kafka://H:9092" }\ntiers: [{ model: a.keras, input: { broker: a } }]',
    ['3:6: brokers.b: is the cluster of "a" (a cluster has one set of settings)'],
  ],
  [
    'exactly once in a group of KIP-848',
    'brokers: { b: { address: "kafka://h", group: { protocol: consumer } } }\ntiers: [{ model: a.keras, guarantee: exactly-once }]',
    [
      '2:38: tiers[0].guarantee: "exactly-once" is not allowed (it needs `group: { protocol: classic }`: in a group of protocol consumer, transactions fail to commit)',
    ],
  ],
  [
    'exactly once over two clusters',
    'tiers: [{ model: a.keras, input: { broker: "kafka://a" }, output: { broker: "kafka://b" }, guarantee: exactly-once }]',
    [
      '1:103: tiers[0].guarantee: "exactly-once" is not allowed (it needs input, output and the next tier on one broker)',
    ],
  ],
]

describe('parsePipeline() refuses', () => {
  for (const [what, text, lines] of refused) {
    it(what, () => {
      assert.deepEqual(
        problems(text),
        lines.map((line) => `fogline.yaml:${line}`),
      )
    })
  }

  for (const literal of [
    '*hunter2',
    '!hunter2',
    '|hunter2',
    '"hunter2',
    '@hunter2',
    'a: hunter2',
  ]) {
    it(`${literal} for a password, without repeating it`, () => {
      const text = `brokers:\n  b:\n    address: kafka://h\n    sasl:\n      password: ${literal}\ntiers: [a.keras]`
      assert.ok(problems(text).length > 0)
      assert.doesNotMatch(problems(text).join('\n'), /hunter/)
    })
  }
})
