import type { Header, ReceivedRecord } from '../core/broker.ts'
import { type JsonObject, listOf, objectOf, textOf, withJsonField } from '../core/v2/json-fields.ts'
import { FoglineError } from '../std/errors.ts'
import { textBytes } from '../std/text-bytes.ts'
import { rawField } from './python-json.ts'

/** A record as the thesis prototype's parts hand it to each other over HTTP. */
export interface Envelope {
  /** All fields but the value, as they came: they are passed on. */
  readonly fields: JsonObject
  /** JSON text of the value, as it came. */
  readonly value: string
  readonly key: Uint8Array | undefined
  readonly headers: readonly Header[]
}

/** Bytes that the envelope's texts cannot say, in base64; the prototype's parts pass it on unread. */
interface ExactBytes {
  readonly key?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** Where the exact bytes of key and headers stand, if their texts are not all of them. */
const EXACT = 'foglineBytes'

/** Headers of a record, at most; far more than any record has. */
const HEADERS_MAX = 1_024

/**
 * The envelope of `record` with `headers` for its own, as the prototype's connector makes it. The
 * fields are a KafkaJS message's, but that `value` is the record's own JSON text. Throws ERR_TENSOR
 * for a value that is none.
 */
export function envelopeOf(record: ReceivedRecord, headers: readonly Header[]): string {
  const value = jsonText(record.value)
  const { key, timestampMs, offset } = record
  const fields = {
    magicByte: 2,
    attributes: 0,
    timestamp: String(timestampMs),
    offset: String(offset),
    isControlRecord: false,
    // What KafkaJS knows of the fetched batch, and nobody reads.
    batchContext: {},
  }
  return envelopeText({ fields, key, headers, value })
}

/** The text of an envelope; key and headers go over what `fields` say of them. */
export function envelopeText({ fields, value, key, headers }: Envelope): string {
  const { key: _key, value: _value, headers: _headers, [EXACT]: _exact, ...others } = fields
  const own = {
    ...others,
    ...(key && { key: textOfBytes(key) }),
    headers: Object.fromEntries(headers.map(([name, bytes]) => [name, textOfBytes(bytes)])),
    [EXACT]: exactBytes(key, headers),
  }
  return withJsonField(own, 'value', value)
}

/** Reads an envelope. Throws ERR_REQUEST where it is none. */
export function readEnvelope(body: Uint8Array): Envelope {
  const { text, json } = parsed(body)
  const { value: _, ...fields } = objectOf(json, 'envelope')
  const value = rawField(text, 'value')
  if (value === undefined) throw refusal('it has no "value"')
  const exact = objectOf(fields[EXACT] ?? {}, `"${EXACT}" of envelope`)
  return {
    fields,
    value,
    key: exact.key === undefined ? keyOf(fields.key) : fromBase64(exact.key),
    headers: exact.headers === undefined ? headersOf(fields.headers) : exactHeaders(exact.headers),
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

function jsonText(value: Uint8Array): string {
  try {
    const text = strict.decode(value)
    JSON.parse(text)
    return text
  } catch (cause) {
    throw new FoglineError('Cannot read record: its value is not JSON', {
      code: 'ERR_TENSOR',
      cause,
    })
  }
}

function parsed(body: Uint8Array): { readonly text: string; readonly json: unknown } {
  try {
    const text = strict.decode(body)
    return { text, json: JSON.parse(text) }
  } catch (cause) {
    throw refusal('it is not JSON', cause)
  }
}

function textOfBytes(bytes: Uint8Array): string {
  return lenient.decode(bytes)
}

/** Undefined where the texts say it all. */
function exactBytes(
  key: Uint8Array | undefined,
  headers: readonly Header[],
): ExactBytes | undefined {
  const names = new Set(headers.map(([name]) => name))
  const headersAreExact = names.size === headers.length && headers.every(([, v]) => isText(v))
  const keyIsExact = key === undefined || isText(key)
  if (headersAreExact && keyIsExact) return undefined
  return {
    ...(key && !keyIsExact && { key: Buffer.from(key).toString('base64') }),
    ...(!headersAreExact && {
      headers: headers.map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    }),
  }
}

function isText(bytes: Uint8Array): boolean {
  return Buffer.from(textOfBytes(bytes)).equals(bytes)
}

function keyOf(key: unknown): Uint8Array | undefined {
  if (key === undefined || key === null) return undefined
  if (typeof key === 'string') return textBytes(key)
  throw refusal('its "key" is no text')
}

function headersOf(headers: unknown): readonly Header[] {
  return Object.entries(objectOf(headers ?? {}, '"headers" of envelope')).map(([name, value]) => {
    if (typeof value === 'string') return [name, textBytes(value)]
    throw refusal(`its header "${name}" is no text`)
  })
}

function exactHeaders(headers: unknown): readonly Header[] {
  const subject = `headers in "${EXACT}" of envelope`
  return listOf(headers, { subject, max: HEADERS_MAX }).map((header) => {
    const [name, value] = listOf(header, { subject, max: 2 })
    return [textOf(name, `name of ${subject}`), fromBase64(value)]
  })
}

function fromBase64(value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'base64')
  throw refusal(`a value in "${EXACT}" is no base64`)
}

function refusal(state: string, cause?: unknown): FoglineError {
  return new FoglineError(`Cannot read envelope: ${state}`, { code: 'ERR_REQUEST', cause })
}
