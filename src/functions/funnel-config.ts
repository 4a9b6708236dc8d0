import { kafkaConfigOf } from '../brokers/kafka/address.ts'
import type { Compression, KafkaConfig } from '../brokers/kafka/kafka-config.ts'
import type { TopicSpec } from '../core/broker.ts'
import { FoglineError } from '../std/errors.ts'
import {
  type Environment,
  type Listen,
  listenOf,
  optional,
  required,
  wholeNumber,
} from './environment.ts'
import { producerConfig } from './producer-kwargs.ts'

/** What a funnel is told by its environment. */
export interface FunnelConfig {
  readonly listen: Listen
  readonly broker: KafkaConfig
  readonly topic: TopicSpec
  readonly timeoutMs: number
}

/** Callers give up a call after 20 s by default: what they try again shall not be under way still. */
const TIMEOUT_MS = 10_000
const TIMEOUT_MS_MAX = 3_600_000

/** Kafka's own, and the prototype's. */
const PARTITIONS = 1
const PARTITIONS_MAX = 1_024

const REPLICATION_MAX = 1_000

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/**
 * Reads the environment: FOGLINE_BROKER (an address of Kafka) and FOGLINE_TOPIC, or the prototype's
 * FUNNEL_PRODUCER and FUNNEL_TOPIC. To go with the former, FOGLINE_COMPRESSION, FOGLINE_CREATE (`true`
 * or `false`) and FOGLINE_REPLICATION may be set; with both, FOGLINE_PARTITIONS, FOGLINE_TIMEOUT_MS,
 * FOGLINE_HOST and FOGLINE_PORT. Throws ERR_CONFIG.
 */
export function funnelConfig(env: Environment): FunnelConfig {
  const producer = optional(env, 'FUNNEL_PRODUCER')
  return {
    listen: listenOf(env),
    broker: producer === undefined ? clusterOf(env) : producerConfig(producer),
    topic: {
      name: required(env, producer === undefined ? 'FOGLINE_TOPIC' : 'FUNNEL_TOPIC'),
      partitions: number(env, 'FOGLINE_PARTITIONS', PARTITIONS_MAX) ?? PARTITIONS,
    },
    timeoutMs: number(env, 'FOGLINE_TIMEOUT_MS', TIMEOUT_MS_MAX) ?? TIMEOUT_MS,
  }
}

function number(env: Environment, name: string, max: number): number | undefined {
  return wholeNumber(env, name, { min: 1, max })
}

function clusterOf(env: Environment): KafkaConfig {
  const cluster = kafkaConfigOf(required(env, 'FOGLINE_BROKER'))
  const { compression, create, replication } = cluster
  return {
    ...cluster,
    compression: oneOf(env, 'FOGLINE_COMPRESSION', COMPRESSIONS) ?? compression,
    create: (oneOf(env, 'FOGLINE_CREATE', ['true', 'false']) ?? String(create)) === 'true',
    replication: number(env, 'FOGLINE_REPLICATION', REPLICATION_MAX) ?? replication,
  }
}

function oneOf<T extends string>(
  env: Environment,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const text = optional(env, name)
  if (text === undefined) return undefined
  const found = allowed.find((one) => one === text)
  if (found !== undefined) return found
  throw new FoglineError(
    `Cannot configure function: ${name} is "${text}" (expected ${allowed.join(', ')})`,
    { code: 'ERR_CONFIG' },
  )
}
