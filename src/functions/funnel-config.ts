import type { KafkaConfig } from '../brokers/kafka/kafka-config.ts'
import type { TopicSpec } from '../core/broker.ts'
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
  /** An address, or a cluster. */
  readonly broker: string | KafkaConfig
  readonly topic: TopicSpec
  readonly timeoutMs: number
}

/** Callers give up a call after 20 s by default: what they try again shall not be under way still. */
const TIMEOUT_MS = 10_000
const TIMEOUT_MS_MAX = 3_600_000

/** Kafka's own, and the prototype's. */
const PARTITIONS = 1
const PARTITIONS_MAX = 1_024

/**
 * Reads the environment: FOGLINE_BROKER (an address) and FOGLINE_TOPIC, or the prototype's
 * FUNNEL_PRODUCER and FUNNEL_TOPIC; FOGLINE_PARTITIONS, FOGLINE_TIMEOUT_MS, FOGLINE_HOST and
 * FOGLINE_PORT may be set. Throws ERR_CONFIG.
 */
export function funnelConfig(env: Environment): FunnelConfig {
  const producer = optional(env, 'FUNNEL_PRODUCER')
  const number = (name: string, max: number) => wholeNumber(env, name, { min: 1, max })
  return {
    listen: listenOf(env),
    broker: producer === undefined ? required(env, 'FOGLINE_BROKER') : producerConfig(producer),
    topic: {
      name: required(env, producer === undefined ? 'FOGLINE_TOPIC' : 'FUNNEL_TOPIC'),
      partitions: number('FOGLINE_PARTITIONS', PARTITIONS_MAX) ?? PARTITIONS,
    },
    timeoutMs: number('FOGLINE_TIMEOUT_MS', TIMEOUT_MS_MAX) ?? TIMEOUT_MS,
  }
}
