import * as z from 'zod'
import { type Compression, KAFKA_DEFAULTS } from '../brokers/kafka/kafka-config.ts'
import { choice, integer, pattern, text } from './fields.ts'
import { ADDRESS_ALLOWED, ADDRESS_PATTERN, KAFKA_ALLOWED, KAFKA_PATTERN } from './parse/address.ts'
import { DURATION } from './parse/quantity.ts'
import { SECRET, type SecretFile } from './secret-schema.ts'

/** A broker under `brokers`: an address, or a Kafka cluster with more than that to say. */
export type BrokerFile = string | KafkaFile

/** A Kafka cluster as the pipeline file has it. */
export interface KafkaFile {
  readonly address: string
  readonly tls: boolean | TlsFile
  readonly sasl?: SaslFile | undefined
  readonly compression: Compression
  readonly group: GroupFile
  readonly create: boolean
  readonly replication?: number | undefined
}

/** See the schema's descriptions. */
export interface TlsFile {
  readonly ca?: SecretFile | undefined
  readonly cert?: SecretFile | undefined
  readonly key?: SecretFile | undefined
  readonly serverName?: string | undefined
}

/** Which of the others is there depends on the mechanism. */
export interface SaslFile {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer'
  readonly username?: string | undefined
  readonly password?: SecretFile | undefined
  readonly token?: SecretFile | undefined
}

/** How tiers share a topic's partitions. */
export interface GroupFile {
  readonly protocol: 'classic' | 'consumer'
  readonly sessionTimeout?: string | undefined
}

const TLS = z.strictObject(
  {
    ca: SECRET.optional().describe(
      "Certificate authorities to trust, PEM. Default: the system's own.",
    ),
    cert: SECRET.optional().describe("The client's certificate, PEM; with `key`."),
    key: SECRET.optional().describe("The client's private key, PEM."),
    serverName: text('a host name', 253)
      .optional()
      .describe(
        "What the brokers' certificates are for, where that is not the host of the address.",
      ),
  },
  'true, or a mapping',
)

const SASL = z.strictObject(
  {
    mechanism: choice(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']).describe(
      'How the client proves who it is. Plain sends the password itself: only with `tls`.',
    ),
    username: text('text of 1 to 200 characters', 200)
      .optional()
      .describe('Of every mechanism but oauthbearer.'),
    password: SECRET.optional().describe('Of every mechanism but oauthbearer.'),
    token: SECRET.optional().describe('Of oauthbearer; read anew for each connection.'),
  },
  'a mapping with mechanism',
)

const GROUP = z.strictObject(
  {
    protocol: choice(['classic', 'consumer'])
      .default(KAFKA_DEFAULTS.groupProtocol)
      .describe(
        "Consumer is KIP-848: a tier that was killed is missed for the broker's 45 s, and exactly-once is not possible.",
      ),
    sessionTimeout: pattern('a duration as 10s', DURATION)
      .optional()
      .describe(
        'A process that is silent for so long loses its partitions; of classic groups, from 6s to 30m. Default: 10s.',
      ),
  },
  'a mapping',
)

const ADDRESS = pattern(ADDRESS_ALLOWED, ADDRESS_PATTERN).describe(
  '`embedded:FOLDER` keeps topics in a folder, relative to this file; `memory` in memory; `kafka://HOST:PORT,HOST:PORT` is a Kafka cluster.',
)

const KAFKA = z.strictObject({
  address: pattern(KAFKA_ALLOWED, KAFKA_PATTERN).describe(
    '`kafka://HOST:PORT`, further brokers after commas; any that answers names the others. Default port: 9092.',
  ),
  tls: z
    .union([z.boolean(), TLS], 'true, or a mapping')
    .default(false)
    .describe("Encryption. `true` trusts the system's certificate authorities."),
  sasl: SASL.optional().describe('Credentials.'),
  compression: choice(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
    .default(KAFKA_DEFAULTS.compression)
    .describe('Of the records that tiers write.'),
  group: GROUP.prefault({}).describe('How the processes of a tier share its partitions.'),
  create: z
    .boolean('true or false')
    .default(KAFKA_DEFAULTS.create)
    .describe('Creates topics that are missing; `false` makes them an error.'),
  // Kafka's own limit is the number of brokers; large clusters have some hundred.
  replication: integer(1, 1000)
    .optional()
    .describe("Copies of each partition of topics that are created. Default: the cluster's own."),
})

/** A broker under `brokers`. */
export const BROKER_FILE: z.ZodType<BrokerFile> = z.union(
  [ADDRESS, KAFKA],
  `${ADDRESS_ALLOWED}, or a mapping with address`,
)
