import type { Retention } from '../../core/broker.ts'
import type { Bell } from '../bell.ts'

/** One partition of a topic: a log. */
export interface Partition {
  /** Unique among the partitions of all topics. */
  readonly log: number
  /** From 0 on, within the topic. */
  readonly number: number
  /** The oldest offset that retention has left. */
  first: number
  /** The offset that the next record gets. */
  next: number
  /** Of keys, values and headers. */
  sizeBytes: number
}

/** A topic and where its partitions stand. */
export interface Topic {
  /** Its row in the database. */
  readonly row: number
  readonly name: string
  /** A random UUID: a topic of the same name in another broker has another. */
  readonly id: string
  readonly retention: Retention
  readonly partitions: readonly Partition[]
  /** Rings when records were appended, and when a waiting consumer has another reason to look. */
  readonly bell: Bell
  /** Counts calls, so that records without a key take turns through the partitions. */
  turn: number
}
