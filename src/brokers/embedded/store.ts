import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { OffsetRange, TopicSpec } from '../../core/broker.ts'
import { decodeAhead, encodeAhead, type Progress } from './progress.ts'
import { OFFSET_OF_PLACE, placeOf } from './schema.ts'
import type { Partition, Topic } from './topic.ts'

/** A record as its row has it. */
export interface RecordRow {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly headers: Uint8Array | null
  readonly value: Uint8Array
}

/** What retention wants to know of a record. */
export interface RecordAge {
  readonly timestampMs: number
  /** Of key, value and headers. */
  readonly sizeBytes: number
}

/** A record's row, and where it belongs. */
export interface NewRow extends RecordRow {
  readonly log: number
}

const RUN = `place >= ${placeOf('?1', '?2')} AND place < ${placeOf('?1', '?3')}`

const SQL = {
  insertTopic: `INSERT INTO topic (name, id, age_ms, size_bytes) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING`,
  insertPartition: `INSERT INTO partition (topic, number, first, next, size_bytes)
    VALUES ((SELECT topic FROM topic WHERE name = ?), ?, 0, 0, 0) ON CONFLICT DO NOTHING`,
  topicNames: 'SELECT name FROM topic ORDER BY topic',
  topic: 'SELECT topic, id, age_ms, size_bytes FROM topic WHERE name = ?',
  partitions: `SELECT log, number, first, next, size_bytes AS sizeBytes FROM partition
    WHERE topic = ? ORDER BY number`,
  savePartition: 'UPDATE partition SET first = ?2, next = ?3, size_bytes = ?4 WHERE log = ?1',
  insertRecord: `INSERT INTO record (place, timestamp_ms, key, headers, value)
    VALUES (${placeOf('?1', '?2')}, ?3, ?4, ?5, ?6)`,
  remember: `INSERT INTO once (place, topic, id) VALUES (${placeOf('?1', '?2')}, ?3, ?4)
    ON CONFLICT (topic, id) DO NOTHING`,
  records: `SELECT ${OFFSET_OF_PLACE} AS offset, timestamp_ms AS timestampMs, key, headers, value
    FROM record WHERE ${RUN} ORDER BY place LIMIT ?4`,
  ages: `SELECT timestamp_ms AS timestampMs,
      ifnull(length(key), 0) + length(value) + ifnull(length(headers), 0) AS sizeBytes
    FROM record WHERE ${RUN} ORDER BY place LIMIT ?4`,
  remove: `DELETE FROM record WHERE ${RUN}`,
  forget: `DELETE FROM once WHERE ${RUN}`,
  progress: 'SELECT next, ahead FROM progress WHERE log = ? AND consumers = ?',
  saveProgress: `INSERT INTO progress (log, consumers, next, ahead) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET next = ?3, ahead = ?4`,
  slowest: 'SELECT min(next) AS next FROM progress WHERE log = ?',
} as const

/** The broker's tables as functions. What they write belongs to the transaction of the moment. */
export class Store {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>

  constructor(database: DatabaseSync) {
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)])
    this.#statements = Object.fromEntries(prepared)
  }

  topicNames(): readonly string[] {
    return this.#statements.topicNames.all().map((row) => String(row.name))
  }

  /** The stored part of the topic called `name`, which must exist. */
  topic(name: string): Omit<Topic, 'bell' | 'turn'> {
    const row = this.#statements.topic.get(name) as unknown as TopicRow
    const retention = {
      ...(row.age_ms === null ? {} : { ageMs: row.age_ms }),
      ...(row.size_bytes === null ? {} : { sizeBytes: row.size_bytes }),
    }
    const partitions = this.#statements.partitions.all(row.topic) as unknown as Partition[]
    return { row: row.topic, name, id: row.id, retention, partitions }
  }

  /** Does nothing if it exists. */
  insertTopic({ name, partitions, retention = {} }: TopicSpec, id: string): void {
    const { ageMs = null, sizeBytes = null } = retention
    const { changes } = this.#statements.insertTopic.run(name, id, ageMs, sizeBytes)
    if (changes === 0) return
    for (let number = 0; number < partitions; number++) {
      this.#statements.insertPartition.run(name, number)
    }
  }

  savePartition({ log, first, next, sizeBytes }: Partition): void {
    this.#statements.savePartition.run(log, first, next, sizeBytes)
  }

  insertRecord({ log, offset, timestampMs, key, headers, value }: NewRow): void {
    this.#statements.insertRecord.run(log, offset, timestampMs, key, headers, value)
  }

  /** Whether `topic` had not taken a record called `id`: it has now, at `offset` of `log`. */
  remember(id: string, { log, offset, topic }: OncePlace): boolean {
    return this.#statements.remember.run(log, offset, topic, id).changes === 1
  }

  /** Up to `limit` records of `log` in `range`. End the loop when enough are read: it reads lazily. */
  records(log: number, { start, end }: OffsetRange, limit: number): Iterable<RecordRow> {
    const rows: Iterable<unknown> = this.#statements.records.iterate(log, start, end, limit)
    return rows as Iterable<RecordRow>
  }

  /** Ages of up to `limit` records of `log` in `range`. */
  ages(log: number, { start, end }: OffsetRange, limit: number): readonly RecordAge[] {
    return this.#statements.ages.all(log, start, end, limit) as unknown as RecordAge[]
  }

  removeRecords(log: number, { start, end }: OffsetRange): void {
    this.#statements.remove.run(log, start, end)
  }

  /** Forgets the `once` identifiers of records in `range`. */
  forget(log: number, { start, end }: OffsetRange): void {
    this.#statements.forget.run(log, start, end)
  }

  /** Undefined if `group` never joined. */
  progress(log: number, group: string): Progress | undefined {
    const row = this.#statements.progress.get(log, group)
    return row && { next: Number(row.next), ahead: decodeAhead(String(row.ahead)) }
  }

  saveProgress(log: number, group: string, { next, ahead }: Progress): void {
    this.#statements.saveProgress.run(log, group, next, encodeAhead(ahead))
  }

  /** Where the group that is least far stands; undefined if none ever joined. */
  slowest(log: number): number | undefined {
    const next = this.#statements.slowest.get(log)?.next
    return typeof next === 'number' ? next : undefined
  }
}

/** Where a record with a `once` identifier is to lie. */
interface OncePlace {
  readonly log: number
  readonly offset: number
  /** The topic's row. */
  readonly topic: number
}

interface TopicRow {
  readonly topic: number
  readonly id: string
  readonly age_ms: number | null
  readonly size_bytes: number | null
}
