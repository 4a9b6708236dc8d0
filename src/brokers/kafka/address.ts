import { FoglineError } from '../../std/errors.ts'
import { KAFKA_DEFAULTS, type KafkaConfig } from './kafka-config.ts'

/** Kafka's own. */
const PORT_DEFAULT = 9092
const PORT_MAX = 65_535

/** How addresses of clusters look, for messages. */
export const KAFKA_ADDRESS_FORM = 'kafka://HOST:PORT,HOST:PORT'

/** A host and perhaps a port; IPv6 in brackets. */
const SERVER = /^(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+)(?::(\d{1,5}))?$/

/** The `host:port` texts of `kafka://host:port,host`; throws ERR_CONFIG for any other address. */
export function kafkaServers(address: string): readonly string[] {
  const scheme = 'kafka://'
  const rest = address.startsWith(scheme) ? address.slice(scheme.length).replace(/\/$/, '') : ''
  if (rest.includes('@')) {
    // Not repeated: it may hold a password.
    throw new FoglineError('Cannot use Kafka address: it holds credentials (use `sasl`)', {
      code: 'ERR_CONFIG',
    })
  }
  return rest.split(',').map((server) => {
    const [, host, port = String(PORT_DEFAULT)] = SERVER.exec(server.trim()) ?? []
    if (host !== undefined && Number(port) >= 1 && Number(port) <= PORT_MAX)
      return `${host}:${port}`
    throw new FoglineError(
      `Cannot use Kafka address "${address}": "${server}" is not HOST:PORT (as ${KAFKA_ADDRESS_FORM})`,
      { code: 'ERR_CONFIG' },
    )
  })
}

/** The cluster at `address`, used as by default. */
export function kafkaConfigOf(address: string): KafkaConfig {
  return { kind: 'kafka', servers: kafkaServers(address), ...KAFKA_DEFAULTS }
}
