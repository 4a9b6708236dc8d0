import type { EncodedMessage } from '../core/v2/frame.ts'
import type { ErrorBody } from '../core/v2/metadata.ts'
import { type ErrorCode, FoglineError, messageOf } from '../std/errors.ts'
import { wholeResponse } from '../std/whole-body.ts'

/** Errors that the caller can act on; every other is a failure of ours: 500. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  ERR_REQUEST: 400,
  ERR_TENSOR: 400,
  ERR_LIMIT: 413,
  ERR_UNAVAILABLE: 503,
  ERR_TIMEOUT: 504,
}

/** The HTTP status that tells `error` to the caller. */
export function statusOf(error: unknown): number {
  return (error instanceof FoglineError && STATUS[error.code]) || 500
}

/** An answer of JSON. */
export function jsonAnswer(body: unknown, status = 200): Response {
  return wholeResponse(new TextEncoder().encode(JSON.stringify(body)), {
    status,
    headers: { 'content-type': 'application/json' },
  })
}

/** An answer that is an error, in the protocol's words: `{"error": "…"}`. */
export function errorAnswer(error: unknown, status: number = statusOf(error)): Response {
  const body: ErrorBody = { error: messageOf(error) }
  return jsonAnswer(body, status)
}

/** An answer that carries a message of the protocol. */
export function messageAnswer({ body, headers }: EncodedMessage): Response {
  return wholeResponse(body, { status: 200, headers })
}
