import type { ReceivedRecord } from '../../core/broker.ts'
import { type Backoff, backoffMs } from '../../std/backoff.ts'
import { FoglineError, isFoglineError } from '../../std/errors.ts'
import { lruMap } from '../../std/lru-map.ts'
import type { Waiting } from '../waiting.ts'
import { type ReadAvro, type ReadAvroOptions, readAvro } from './read.ts'
import type { SchemaRegistry } from './registry.ts'

/** Reads values in Confluent's framing: a zero byte, the schema's id, Avro. */
export interface FramedAvro {
  /**
   * Gets the schemas of `records` that are not known yet; undefined where there is nothing to wait for.
   * Waits for a registry that is away until the signal aborts. Never rejects.
   */
  prepare(records: readonly ReceivedRecord[], waiting: Waiting): Promise<void> | undefined
  /** The sample of a record that was prepared, as `ReadAvro` gives it. Throws ERR_TENSOR. */
  read(record: ReceivedRecord): unknown
}

/** Schemas known at a time, unusable ones included: a topic has a few, a wrong producer any number. */
const SCHEMAS_MAX = 1_000
/** A new schema takes a moment to reach every server of a registry: who did not know it may later. */
const REFUSED_FOR_MS = 10_000
/** Waiting for a registry that is away. */
const AWAY_BACKOFF: Backoff = { baseMs: 100, maxMs: 10_000 }

/** The zero byte, and 32 bits of id, big-endian. */
const FRAME_SIZE_BYTES = 5

/** Reads values whose schemas `registry` has. */
export function framedAvro(registry: SchemaRegistry, options: ReadAvroOptions): FramedAvro {
  const known = lruMap<number, Known>(SCHEMAS_MAX)
  // By record, so that none depends on what is forgotten before its turn comes.
  const prepared = new WeakMap<ReceivedRecord, Known>()
  return {
    prepare: (records, waiting) => {
      const wanted = new Map<number, Known | undefined>()
      for (const { value } of records) {
        const id = schemaIdIn(value)
        if (id !== undefined && !wanted.has(id)) wanted.set(id, fresh(known.get(id), waiting))
      }
      const assign = () => {
        for (const record of records) {
          const found = wanted.get(schemaIdIn(record.value) ?? NaN)
          if (found) prepared.set(record, found)
        }
      }
      const missing = [...wanted].flatMap(([id, found]) => (found ? [] : [id]))
      if (missing.length === 0) {
        assign()
        return undefined
      }
      const get = async (id: number) => {
        const found = await patiently(id, { registry, options, waiting })
        if (!found) return
        known.set(id, found)
        wanted.set(id, found)
      }
      return Promise.all(missing.map(get)).then(assign)
    },
    read: (record) => {
      if (schemaIdIn(record.value) === undefined) throw unframed()
      const found = prepared.get(record)
      if (!found) throw new TypeError('Cannot read record: it was not prepared')
      if (found.kind === 'refused') throw found.error
      return found.read(record.value.subarray(FRAME_SIZE_BYTES))
    },
  }
}

/** What is known of a schema. */
type Known =
  | { readonly kind: 'usable'; readonly read: ReadAvro }
  | { readonly kind: 'refused'; readonly error: FoglineError; readonly untilMs: number }

function fresh(known: Known | undefined, { now }: Waiting): Known | undefined {
  return known?.kind === 'refused' && known.untilMs <= now() ? undefined : known
}

/** Undefined where `value` is not framed; ids are never negative. */
function schemaIdIn(value: Uint8Array): number | undefined {
  if (value.length < FRAME_SIZE_BYTES || value[0] !== 0) return undefined
  const [, first = 0, second = 0, third = 0, fourth = 0] = value.subarray(0, FRAME_SIZE_BYTES)
  const id = (first << 24) | (second << 16) | (third << 8) | fourth
  return id < 0 ? undefined : id
}

interface Getting {
  readonly registry: SchemaRegistry
  readonly options: ReadAvroOptions
  readonly waiting: Waiting
}

/** Tries until the registry has answered; undefined where the signal aborts before. */
async function patiently(
  id: number,
  { registry, options, waiting }: Getting,
): Promise<Known | undefined> {
  const { signal, log, delay, random, now } = waiting
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      const schema = await registry.schema(id, signal)
      return { kind: 'usable', read: readAvro(schema, options) }
    } catch (cause) {
      if (signal.aborted) return undefined
      if (isFoglineError(cause, 'ERR_TENSOR')) {
        const error = new FoglineError(`Cannot read record of schema ${id}`, {
          code: 'ERR_TENSOR',
          cause,
        })
        return { kind: 'refused', error, untilMs: now() + REFUSED_FOR_MS }
      }
      log('warn', 'Cannot get a schema: records wait', { id, error: cause })
    }
    await delay(backoffMs(failures, AWAY_BACKOFF, random), signal)
  }
  return undefined
}

function unframed(): FoglineError {
  return new FoglineError(
    'Cannot read record: its value has no schema id (expected a zero byte and four of the id)',
    { code: 'ERR_TENSOR' },
  )
}
