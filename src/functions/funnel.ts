import type { Broker, NewRecord, TopicSpec } from '../core/broker.ts'
import type { Handler } from '../core/handler.ts'
import type { FramedRecord } from '../core/record-frame.ts'
import type { Now } from '../std/clock.ts'
import { deadline } from '../std/deadline.ts'
import { FoglineError, isFoglineError } from '../std/errors.ts'
import { type Log, noLog } from '../std/log.ts'
import { quietLog } from '../std/quiet-log.ts'
import { errorAnswer, jsonAnswer, statusOf } from './answers.ts'
import { funnelBody } from './funnel-body.ts'

/** What a funnel writes to. */
export interface FunnelOptions {
  readonly broker: Pick<Broker, 'ensure' | 'produce'>
  /** Created before the first write, where it is missing. */
  readonly topic: TopicSpec
  /** A write that takes longer is answered as failed; it may still succeed. */
  readonly timeoutMs: number
  readonly now: Now
  readonly log?: Log
}

/** Writes under way at a time; callers are the replicas of one function, with a few calls each. */
export const WRITES_MAX = 256

/** Bytes of writes under way: they fill up only where the broker is away, and then callers wait. */
export const WRITES_SIZE_BYTES_MAX: number = 64 * 1024 * 1024

/** How often the log repeats that the broker is away. */
const LOG_EVERY_MS = 10_000

/** Clients that only know seconds wait for one; a broker's new leader takes about that. */
const RETRY_AFTER = { 'retry-after': '1' } as const

/**
 * A function that writes what it is posted to one topic, and answers 200 only once that is durable.
 * What it takes: funnel-body.ts. 400: the body is broken. 413: it, or a record for the broker, is too
 * large. 503: the write failed, for all that is known, or too many are under way.
 */
export function funnelHandler(options: FunnelOptions): Handler {
  const log = quietLog(options.log ?? noLog, { now: options.now, everyMs: LOG_EVERY_MS })
  const writing: Writing = { options, count: 0, sizeBytes: 0, ensured: undefined }
  return async (request) => {
    if (request.method !== 'POST') {
      const refusal = errorAnswer(`Cannot ${request.method} a funnel (expected POST)`, 405)
      refusal.headers.set('allow', 'POST')
      return refusal
    }
    try {
      const records = await funnelBody(request)
      await write(records, writing)
      return jsonAnswer({ written: records.length })
    } catch (error) {
      const status = statusOf(error)
      if (status >= 500) log(status === 503 ? 'warn' : 'error', 'Cannot write', { error })
      const answer = errorAnswer(error, status)
      if (status === 503) answer.headers.set('retry-after', RETRY_AFTER['retry-after'])
      return answer
    }
  }
}

interface Writing {
  readonly options: FunnelOptions
  /** Of what is under way, answered or not. */
  count: number
  sizeBytes: number
  /** The topic is there, or is being looked for. */
  ensured: Promise<void> | undefined
}

async function write(records: readonly FramedRecord[], writing: Writing): Promise<void> {
  const { topic, timeoutMs } = writing.options
  if (records.length === 0) return
  const sizeBytes = records.reduce((sum, { value }) => sum + value.length, 0)
  const isFull = writing.sizeBytes + sizeBytes > WRITES_SIZE_BYTES_MAX && writing.count > 0
  if (isFull || writing.count >= WRITES_MAX) {
    throw unavailable(`${writing.count} writes are under way already`)
  }
  writing.count++
  writing.sizeBytes += sizeBytes
  const placed = records.map((record) => ({ ...record, topic: topic.name }))
  const written = produce(placed, writing).finally(() => {
    writing.count--
    writing.sizeBytes -= sizeBytes
  })
  try {
    await deadline(written, {
      timeoutMs,
      error: () => unavailable(`it is not durable within ${timeoutMs} ms`),
    })
  } catch (cause) {
    if (isFoglineError(cause, 'ERR_LIMIT') || isFoglineError(cause, 'ERR_UNAVAILABLE')) throw cause
    // Whatever it was, the records are not known to be written: who sent them has to keep them.
    throw unavailable('the broker did not take it', cause)
  }
}

async function produce(records: readonly NewRecord[], writing: Writing): Promise<void> {
  const { broker, topic } = writing.options
  try {
    writing.ensured ??= broker.ensure([topic])
    await writing.ensured
  } catch (error) {
    writing.ensured = undefined
    throw error
  }
  await broker.produce(records)
}

function unavailable(state: string, cause?: unknown): FoglineError {
  return new FoglineError(`Cannot write: ${state}`, { code: 'ERR_UNAVAILABLE', cause })
}
