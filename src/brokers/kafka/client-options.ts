import type { BaseOptions } from '@platformatic/kafka'
import type { KafkaConfig, KafkaSasl, KafkaTls } from './kafka-config.ts'

/** A broker that needs longer to take a connection, or to answer, is away. */
const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000

/** What a broker may take for a write to reach its replicas, and an open transaction to be ended. */
const SERVER_TIMEOUT_MS = 15_000

/** The client waits so long before it tries again; a second, its default, is too long everywhere. */
const RETRY_DELAY_MIN_MS = 5
const RETRY_DELAY_MAX_MS = 500

/** What every client of a cluster shares; secrets are asked for as late as the client allows. */
export type ClientOptions = Pick<
  BaseOptions,
  'clientId' | 'bootstrapBrokers' | 'connectTimeout' | 'timeout' | 'retryDelay' | 'tls' | 'sasl'
> & { readonly requestTimeout: number; readonly tlsServerName?: string }

/** The options of clients of the cluster `config`; reads certificates. Throws what a secret throws. */
export async function clientOptions(config: KafkaConfig): Promise<ClientOptions> {
  return {
    clientId: 'fogline',
    bootstrapBrokers: [...config.servers],
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    timeout: SERVER_TIMEOUT_MS,
    retryDelay: (_client, _operation, attempt) => retryDelayMs(attempt),
    ...(config.tls?.serverName !== undefined && { tlsServerName: config.tls.serverName }),
    ...(config.tls && { tls: await tlsOptions(config.tls) }),
    ...(config.sasl && { sasl: saslOptions(config.sasl) }),
  }
}

/** Quick at first, for a transaction's coordinator is often ready a moment later; then patient. */
function retryDelayMs(attempt: number): number {
  return Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_MIN_MS * 2 ** Math.min(attempt - 1, 10))
}

async function tlsOptions({ ca, cert, key }: KafkaTls): Promise<NonNullable<BaseOptions['tls']>> {
  return {
    ...(ca && { ca: await ca() }),
    ...(cert && { cert: await cert() }),
    ...(key && { key: await key() }),
  }
}

function saslOptions(sasl: KafkaSasl): NonNullable<BaseOptions['sasl']> {
  if (sasl.mechanism === 'OAUTHBEARER') return { mechanism: sasl.mechanism, token: sasl.token }
  const { mechanism, username, password } = sasl
  return { mechanism, username, password }
}
