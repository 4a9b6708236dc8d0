import type { Admin } from '@platformatic/kafka'
import type { NewRecord } from '../../core/broker.ts'
import type { Delay } from '../../std/delay.ts'
import type { Log } from '../../std/log.ts'
import type { ClientOptions } from './client-options.ts'
import type { KafkaConfig } from './kafka-config.ts'
import type { Message } from './record-writer.ts'

/** What the parts of an open cluster share. */
export interface Cluster {
  /** For messages: `Kafka at host:port`. */
  readonly name: string
  readonly config: KafkaConfig
  readonly clientOptions: ClientOptions
  readonly admin: Admin
  readonly log: Log
  readonly delay: Delay
  readonly random: () => number
  /** Aborts where the broker closes. */
  readonly signal: AbortSignal
  /** Records as the client takes them, their partitions chosen; rejects for a missing topic. */
  place(records: readonly NewRecord[]): Promise<readonly Message[]>
  /** Resolves once all in-sync replicas have them. */
  write(messages: readonly Message[]): Promise<void>
}
