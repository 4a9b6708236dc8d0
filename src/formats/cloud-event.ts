import type { Header } from '../core/broker.ts'
import { HEADERS, textHeader } from '../core/headers.ts'
import type { FramedRecord } from '../core/record-frame.ts'
import { objectOf, textOf } from '../core/v2/json-fields.ts'
import { FoglineError } from '../std/errors.ts'
import { textBytes } from '../std/text-bytes.ts'
import { rawField } from './python-json.ts'

/** An HTTP request, as far as a CloudEvent is in it. */
export interface EventRequest {
  readonly headers: Headers
  readonly body: Uint8Array
}

/** The content type of an event that is all JSON. */
const STRUCTURED_TYPE = 'application/cloudevents+json'

/** Attributes that every event has (CloudEvents 1.0). */
const REQUIRED = ['id', 'source', 'type', 'specversion'] as const

/** Whether `headers` are those of a CloudEvent over HTTP, in binary or structured mode. */
export function isCloudEvent(headers: Headers): boolean {
  return headers.has('ce-specversion') || isStructured(headers)
}

/**
 * The record of a CloudEvent: its data, keyed by `partitionkey`, attributes as headers `ce_…` (Kafka
 * protocol binding 1.0, binary mode). Id, source and time are the sample's, too. Throws ERR_REQUEST.
 */
export function cloudEventRecord(request: EventRequest): FramedRecord {
  const { attributes, value } = isStructured(request.headers)
    ? structured(request)
    : binary(request)
  for (const name of REQUIRED) textOf(attributes.get(name), `attribute "${name}" of event`)
  const key = attributes.get('partitionkey')
  return {
    key: key === undefined ? undefined : textBytes(key),
    value,
    headers: headersOf(attributes),
  }
}

interface Event {
  readonly attributes: ReadonlyMap<string, string>
  readonly value: Uint8Array
}

function isStructured(headers: Headers): boolean {
  return headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() === STRUCTURED_TYPE
}

function structured({ body }: EventRequest): Event {
  const text = new TextDecoder().decode(body)
  const { data, data_base64: base64, ...others } = objectOf(parsed(text), 'event')
  const attributes = new Map(
    Object.entries(others).flatMap(([name, value]) => {
      if (value === null) return []
      if (typeof value === 'object') throw refusal(`attribute "${name}" is no plain value`)
      return [[name, String(value)] as const]
    }),
  )
  if (typeof base64 === 'string') return { attributes, value: Buffer.from(base64, 'base64') }
  return { attributes, value: textBytes(data === undefined ? '' : (rawField(text, 'data') ?? '')) }
}

function binary({ headers, body }: EventRequest): Event {
  const attributes = new Map(
    [...headers].flatMap(([name, value]) =>
      name.startsWith('ce-') ? [[name.slice('ce-'.length), decoded(value)] as const] : [],
    ),
  )
  const contentType = headers.get('content-type')
  if (contentType !== null) attributes.set('datacontenttype', contentType)
  return { attributes, value: body }
}

function headersOf(attributes: ReadonlyMap<string, string>): readonly Header[] {
  const headers = Array.from(attributes, ([name, value]) =>
    textHeader(name === 'datacontenttype' ? 'content-type' : `ce_${name}`, value),
  )
  const timeMs = Date.parse(attributes.get('time') ?? '')
  return [
    ...headers,
    textHeader(HEADERS.id, attributes.get('id') ?? ''),
    textHeader(HEADERS.source, attributes.get('source') ?? ''),
    ...(Number.isFinite(timeMs) ? [textHeader(HEADERS.time, String(timeMs))] : []),
  ]
}

/** Header values are percent-encoded (CloudEvents HTTP protocol binding, section 3.1.3.2). */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw refusal('it is not JSON', cause)
  }
}

function refusal(state: string, cause?: unknown): FoglineError {
  return new FoglineError(`Cannot read event: ${state}`, { code: 'ERR_REQUEST', cause })
}
