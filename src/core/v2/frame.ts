import { broken } from './json-fields.ts'
import { parseJson } from './json-text.ts'

/** A message ready for HTTP; header names are in lower case. */
export interface EncodedMessage {
  readonly body: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

/** A message as HTTP gave it; header names are in lower case. */
export interface ReceivedMessage {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What a message consists of: its JSON, and the bytes behind it. */
export interface Frame {
  readonly json: unknown
  readonly binary: Uint8Array
}

/** Says how many bytes of a body are JSON, the rest being tensors (binary tensor extension). */
export const JSON_LENGTH_HEADER = 'inference-header-content-length'

/** Tensors start at a multiple of it, so that a reader can view most of them in place. */
const ALIGNMENT_BYTES = 8

/** The message of JSON text and the tensors behind it; plain JSON without tensors. */
export function joinFrame(json: string, tensors: readonly Uint8Array[]): EncodedMessage {
  const text = new TextEncoder().encode(json)
  if (tensors.length === 0) return { body: text, headers: { 'content-type': 'application/json' } }
  const textLength = Math.ceil(text.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES
  const length = tensors.reduce((sum, bytes) => sum + bytes.length, textLength)
  const body = new Uint8Array(length)
  // White space after the JSON is still JSON.
  body.fill(0x20, text.length, textLength)
  body.set(text)
  let at = textLength
  for (const bytes of tensors) {
    body.set(bytes, at)
    at += bytes.length
  }
  return {
    body,
    headers: {
      'content-type': 'application/octet-stream',
      [JSON_LENGTH_HEADER]: String(textLength),
    },
  }
}

/** The JSON of `message`, parsed, and the bytes behind it. Throws ERR_REQUEST. */
export function splitFrame(message: ReceivedMessage, subject: string): Frame {
  const { body, headers } = message
  const length = jsonLength(headers[JSON_LENGTH_HEADER], body.length, subject)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body.subarray(0, length))
    return { json: parseJson(text), binary: body.subarray(length) }
  } catch (cause) {
    throw broken(subject, `its first ${length} bytes are not JSON`, cause)
  }
}

function jsonLength(
  header: string | readonly string[] | undefined,
  bodyLength: number,
  subject: string,
): number {
  if (header === undefined) return bodyLength
  const length = typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : -1
  if (length >= 0 && length <= bodyLength) return length
  throw broken(
    subject,
    `${JSON_LENGTH_HEADER} is "${header}" (expected 0 to ${bodyLength}, the size of the body)`,
  )
}
