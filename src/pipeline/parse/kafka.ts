import { kafkaServers } from '../../brokers/kafka/address.ts'
import {
  KAFKA_DEFAULTS,
  type KafkaConfig,
  type KafkaSasl,
  type KafkaTls,
} from '../../brokers/kafka/kafka-config.ts'
import type { Secret } from '../../std/secret.ts'
import type { KafkaFile, SaslFile, TlsFile } from '../broker-schema.ts'
import type { SecretFile } from '../secret-schema.ts'
import { notAllowed, type Path, type Problem } from './problem.ts'
import { durationMs } from './quantity.ts'

/** A reference to a secret, and where in the file it is. */
export interface PlacedSecret {
  readonly path: Path
  readonly reference: SecretFile
}

/** Makes a secret of a reference. */
export type MakeSecret = (reference: SecretFile) => Secret

/** What Kafka's brokers allow a classic group where they are not set otherwise. */
const SESSION_MS_MIN = 6_000
const SESSION_MS_MAX = 1_800_000

/** How to use the cluster of `file`, whose address is right and in which nothing is wrong. */
export function kafkaConfig(file: KafkaFile, secret: MakeSecret): KafkaConfig {
  const { address, tls, sasl, compression, group, create, replication } = file
  return {
    kind: 'kafka',
    servers: kafkaServers(address),
    ...(tls !== false && { tls: tls === true ? {} : tlsOf(tls, secret) }),
    ...(sasl && { sasl: saslOf(sasl, secret) }),
    compression,
    groupProtocol: group.protocol,
    sessionTimeoutMs:
      group.sessionTimeout === undefined
        ? KAFKA_DEFAULTS.sessionTimeoutMs
        : durationMs(group.sessionTimeout),
    create,
    replication: replication ?? KAFKA_DEFAULTS.replication,
  }
}

function tlsOf({ ca, cert, key, serverName }: TlsFile, secret: MakeSecret): KafkaTls {
  return {
    ...(ca && { ca: secret(ca) }),
    ...(cert && { cert: secret(cert) }),
    ...(key && { key: secret(key) }),
    ...(serverName !== undefined && { serverName }),
  }
}

const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const

/** Undefined where something is missing: then `kafkaProblems` says so. */
function saslOf(sasl: SaslFile, secret: MakeSecret): KafkaSasl | undefined {
  const { mechanism, username, password, token } = sasl
  if (mechanism === 'oauthbearer') {
    return token && { mechanism: 'OAUTHBEARER', token: secret(token) }
  }
  if (username === undefined || password === undefined) return undefined
  return { mechanism: MECHANISMS[mechanism], username, password: secret(password) }
}

/** The references in `file`, which is at `path`, and where they are. */
export function kafkaSecrets(file: KafkaFile, path: Path): readonly PlacedSecret[] {
  const parts = { sasl: file.sasl, tls: typeof file.tls === 'object' ? file.tls : undefined }
  return Object.entries(parts).flatMap(([part, fields = {}]) =>
    Object.entries(fields).flatMap(([key, value]) =>
      typeof value === 'object' ? [{ path: [...path, part, key], reference: value }] : [],
    ),
  )
}

/** What is wrong between the fields of `file`, which is at `path`. */
export function kafkaProblems(file: KafkaFile, path: Path): readonly Problem[] {
  return [
    ...(file.sasl ? saslProblems(file.sasl, [...path, 'sasl']) : []),
    ...(typeof file.tls === 'object' ? tlsProblems(file.tls, [...path, 'tls']) : []),
    ...groupProblems(file.group, [...path, 'group', 'sessionTimeout']),
  ]
}

function saslProblems(sasl: SaslFile, path: Path): readonly Problem[] {
  const wanted = sasl.mechanism === 'oauthbearer' ? ['token'] : ['username', 'password']
  return (['username', 'password', 'token'] as const).flatMap((key) => {
    const isWanted = wanted.includes(key)
    if (isWanted === (sasl[key] !== undefined)) return []
    const text = isWanted
      ? `is missing (mechanism ${sasl.mechanism} needs it)`
      : `is not allowed (mechanism ${sasl.mechanism} needs ${wanted.join(' and ')})`
    return [{ path: [...path, key], text }]
  })
}

function tlsProblems({ cert, key }: TlsFile, path: Path): readonly Problem[] {
  if ((cert === undefined) === (key === undefined)) return []
  const missing = cert === undefined ? 'cert' : 'key'
  return [{ path: [...path, missing], text: 'is missing (cert and key come together)' }]
}

function groupProblems(
  { protocol, sessionTimeout }: KafkaFile['group'],
  path: Path,
): readonly Problem[] {
  if (sessionTimeout === undefined) return []
  if (protocol === 'consumer') {
    return [{ path, text: 'is not allowed (the brokers say it for groups of protocol consumer)' }]
  }
  const ms = durationMs(sessionTimeout)
  if (ms >= SESSION_MS_MIN && ms <= SESSION_MS_MAX) return []
  return [{ path, text: notAllowed(sessionTimeout, 'from 6s to 30m') }]
}
