import type { Secret } from '../../std/secret.ts'

/** How records are compressed on their way and on the broker's disk. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Encryption; without any field, the system's certificate authorities are trusted. */
export interface KafkaTls {
  /** Certificate authorities, PEM. */
  readonly ca?: Secret | undefined
  /** The client's certificate and its key, PEM; both or none. */
  readonly cert?: Secret | undefined
  readonly key?: Secret | undefined
  /** What the broker's certificate must be for, where that is not the host. */
  readonly serverName?: string | undefined
}

/** How a client proves who it is. */
export type KafkaSasl =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: Secret
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: Secret }

/** A Kafka cluster and how to use it. */
export interface KafkaConfig {
  readonly kind: 'kafka'
  /** `host:port`, at least one: any that answers tells the others. */
  readonly servers: readonly string[]
  readonly tls?: KafkaTls | undefined
  readonly sasl?: KafkaSasl | undefined
  readonly compression: Compression
  /** `consumer` is KIP-848. */
  readonly groupProtocol: 'classic' | 'consumer'
  /** A member that is silent for so long is given up by its group; of the classic protocol. */
  readonly sessionTimeoutMs: number
  /** Whether missing topics are created; else they are an error. */
  readonly create: boolean
  /** Copies of each partition of a topic that is created; -1 is the cluster's own default. */
  readonly replication: number
}

/** What a cluster is used with where nobody says otherwise. */
export const KAFKA_DEFAULTS: Omit<KafkaConfig, 'kind' | 'servers'> = {
  compression: 'lz4',
  groupProtocol: 'classic',
  // Static membership takes a restarted member back at once; this bounds how long a lost one is missed.
  sessionTimeoutMs: 10_000,
  create: true,
  replication: -1,
}
