import { readFileSync } from 'node:fs'
import { kafkaConfigOf } from '../brokers/kafka/address.ts'
import type {
  Compression,
  KafkaConfig,
  KafkaSasl,
  KafkaTls,
} from '../brokers/kafka/kafka-config.ts'
import { FoglineError } from '../std/errors.ts'
import { type Settings, settingsFromJson } from '../std/settings.ts'

/** Arguments of kafka-python's KafkaProducer that mean something here. */
const TAKEN: ReadonlySet<string> = new Set([
  'bootstrap_servers',
  'compression_type',
  'sasl_mechanism',
  'sasl_plain_password',
  'sasl_plain_username',
  'security_protocol',
  'ssl_cafile',
  'ssl_certfile',
  'ssl_keyfile',
])

/**
 * Arguments that tune how kafka-python works, or ask for less than we do: a record of ours is written
 * once, by all in-sync replicas, whatever `acks` and `retries` say.
 */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'acks',
  'api_version',
  'api_version_auto_timeout_ms',
  'batch_size',
  'buffer_memory',
  'client_id',
  'connections_max_idle_ms',
  'linger_ms',
  'max_block_ms',
  'max_in_flight_requests_per_connection',
  'max_request_size',
  'metadata_max_age_ms',
  'receive_buffer_bytes',
  'reconnect_backoff_max_ms',
  'reconnect_backoff_ms',
  'request_timeout_ms',
  'retries',
  'retry_backoff_ms',
  'send_buffer_bytes',
])

const SUBJECT = 'FUNNEL_PRODUCER'

/**
 * The cluster that FUNNEL_PRODUCER, JSON of kafka-python's KafkaProducer arguments, means. Throws
 * ERR_CONFIG for an argument that would change what is written, or how safely, and is not known here.
 */
export function producerConfig(json: string): KafkaConfig {
  const settings = settingsFromJson(json, SUBJECT)
  const unknown = settings.keys.find((key) => !TAKEN.has(key) && !WITHOUT_EFFECT.has(key))
  if (unknown !== undefined) throw refusal(`argument "${unknown}" is not supported`)
  const servers = settings.texts('bootstrap_servers') ?? ['localhost']
  const { tls, sasl } = security(settings)
  return {
    ...kafkaConfigOf(`kafka://${servers.join(',')}`),
    compression: compressionOf(settings.text('compression_type')),
    ...(tls && { tls }),
    ...(sasl && { sasl }),
  }
}

function compressionOf(type: string | undefined): Compression {
  if (type === undefined) return 'none'
  const known = (['gzip', 'snappy', 'lz4', 'zstd'] as const).find((one) => one === type)
  if (known) return known
  throw refusal(`compression_type is "${type}" (expected gzip, snappy, lz4 or zstd)`)
}

interface Security {
  readonly tls: KafkaTls | undefined
  readonly sasl: KafkaSasl | undefined
}

function security(settings: Settings): Security {
  const protocol = settings.text('security_protocol') ?? 'PLAINTEXT'
  const match = /^(SASL_)?(PLAINTEXT|SSL)$/.exec(protocol)
  if (!match) {
    const known = 'PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL'
    throw refusal(`security_protocol is "${protocol}" (expected ${known})`)
  }
  const [, sasl, transport] = match
  return {
    tls: transport === 'SSL' ? tlsOf(settings) : undefined,
    sasl: sasl ? saslOf(settings) : undefined,
  }
}

function tlsOf(settings: Settings): KafkaTls {
  const [ca, cert, key] = ['ssl_cafile', 'ssl_certfile', 'ssl_keyfile'].map((name) => {
    const path = settings.text(name)
    return path === undefined ? undefined : () => readFileSync(path, 'utf8')
  })
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

function saslOf(settings: Settings): KafkaSasl {
  const mechanism = settings.text('sasl_mechanism')
  const username = settings.text('sasl_plain_username')
  const password = settings.text('sasl_plain_password')
  const known = (['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const).find(
    (one) => one === mechanism,
  )
  if (!known) {
    const state = mechanism === undefined ? 'missing' : `"${mechanism}"`
    throw refusal(`sasl_mechanism is ${state} (expected PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512)`)
  }
  if (username === undefined || password === undefined) {
    throw refusal('sasl_plain_username or sasl_plain_password is missing')
  }
  return { mechanism: known, username, password: () => password }
}

function refusal(state: string): FoglineError {
  return new FoglineError(`Cannot use ${SUBJECT}: ${state}`, { code: 'ERR_CONFIG' })
}
