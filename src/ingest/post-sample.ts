import type { Broker, Header, NewRecord } from '../core/broker.ts'
import { HEADERS, textHeader } from '../core/headers.ts'
import type { Now } from '../std/clock.ts'
import { isFoglineError, messageOf } from '../std/errors.ts'
import { readBody } from '../std/request-body.ts'
import { jsonAnswer, laterRefusal, refusal } from './answers.ts'
import type { IngestLimits } from './limits.ts'
import { SAMPLE_READERS, type SampleInput, type SampleValue } from './sample-record.ts'

/** Where a tier's samples go, and how they are written there. */
export interface SampleTarget {
  readonly broker: Broker
  readonly topic: string
  readonly input: SampleInput
}

/** What posting depends on. */
export interface PostOptions {
  readonly now: Now
  /** An id that no other sample has. */
  readonly randomId: () => string
  readonly limits: IngestLimits
}

/** Printable ASCII without spaces: it goes through every header and log as it is. */
const ID = /^[\x21-\x7e]{1,200}$/

/** Milliseconds since the epoch, up to the year 5138. */
const TIME = /^\d{1,14}$/

/** W3C Trace Context, level 1; an invalid one is dropped, as it asks for. */
const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** Keys choose partitions; Kafka's users keep them far shorter. */
const KEY_CHARACTERS_MAX = 1000

/**
 * Appends one sample to its tier's topic: 202 with its id once it is durable. 400: no such sample, or
 * a header is wrong. 413: too large. 415: another media type. 503: the broker is away, nothing is lost
 * by sending it again under the same id.
 */
export async function postSample(
  request: Request,
  target: SampleTarget,
  options: PostOptions,
): Promise<Response> {
  const type = mediaType(request)
  const read = SAMPLE_READERS.get(type)
  if (!read) return unknownMedia(type)
  const labels = labelsOf(request.headers, options)
  if (labels.kind === 'refused') return refusal(400, labels.error)
  let sample: SampleValue
  try {
    sample = read(await readBody(request, options.limits.bodySizeBytesMax), target.input)
  } catch (error) {
    return refusal(isFoglineError(error, 'ERR_LIMIT') ? 413 : 400, messageOf(error))
  }
  const { id, key, headers } = labels
  const record = { ...sample, headers: [...headers, ...sample.headers], key, once: id }
  return append({ ...record, topic: target.topic }, id, target.broker)
}

async function append(record: NewRecord, id: string, broker: Broker): Promise<Response> {
  try {
    await broker.produce([record])
    return jsonAnswer(202, { id })
  } catch (error) {
    if (isFoglineError(error, 'ERR_LIMIT')) return refusal(413, messageOf(error))
    if (isFoglineError(error)) return laterRefusal(messageOf(error))
    throw error
  }
}

function mediaType(request: Request): string {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  return type.trim().toLowerCase()
}

function unknownMedia(type: string): Response {
  const allowed = [...SAMPLE_READERS.keys()].join(', ')
  const given = type === '' ? 'content-type is missing' : `content-type "${type}" is not allowed`
  return refusal(415, `${given} (${allowed})`, { 'accept-post': allowed })
}

/** What a record says of its sample besides the value. */
type Labels =
  | {
      readonly kind: 'labels'
      readonly id: string
      readonly key: Uint8Array | undefined
      readonly headers: readonly Header[]
    }
  | { readonly kind: 'refused'; readonly error: string }

function labelsOf(headers: Headers, { now, randomId }: PostOptions): Labels {
  const id = headers.get(HEADERS.id) ?? randomId()
  if (!ID.test(id)) {
    return refused(HEADERS.id, 'is not an id (1 to 200 printable characters without spaces)')
  }
  const time = headers.get(HEADERS.time) ?? String(now())
  if (!TIME.test(time)) return refused(HEADERS.time, 'is not milliseconds since the epoch')
  const key = headers.get('fogline-key')
  if (key !== null && key.length > KEY_CHARACTERS_MAX) {
    return refused('fogline-key', `has ${key.length} characters (at most ${KEY_CHARACTERS_MAX})`)
  }
  const trace = headers.get(HEADERS.trace) ?? ''
  return {
    kind: 'labels',
    id,
    // HTTP gives the bytes of a header as Latin-1; most clients mean UTF-8, so they stay as sent.
    key: key === null ? undefined : new Uint8Array(Buffer.from(key, 'latin1')),
    headers: [
      textHeader(HEADERS.id, id),
      textHeader(HEADERS.time, time),
      ...(TRACE_PARENT.test(trace) ? [textHeader(HEADERS.trace, trace)] : []),
    ],
  }
}

function refused(header: string, state: string): Labels {
  return { kind: 'refused', error: `header "${header}" ${state}` }
}
