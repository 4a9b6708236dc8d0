import { type Dispatcher, errors, Pool } from 'undici'
import { FoglineError } from './errors.ts'
import { plainHeaders } from './plain-headers.ts'

/** Keep-alive connections to one origin. */
export interface HttpClient {
  /**
   * Makes a call and reads the whole answer, whatever its status. Throws ERR_UNAVAILABLE where the peer
   * cannot be reached or breaks off, ERR_TIMEOUT after `timeoutMs`, ERR_LIMIT for an answer beyond
   * `answerSizeBytesMax`, and the signal's reason where that aborts.
   */
  request(call: HttpCall): Promise<HttpAnswer>
  /** Makes a call and gives the answer's body as it arrives; only connecting has a time limit. */
  stream(call: Omit<HttpCall, 'timeoutMs'>): Promise<HttpStream>
  /** Ends every connection; calls under way fail. */
  close(): Promise<void>
}

/** One call of an HTTP client. */
export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
  /** With its query: `/topics/edge-output?from=earliest`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** A whole answer; header names are in lower case. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** An answer whose body is still arriving. */
export interface HttpStream {
  readonly status: number
  readonly body: AsyncIterable<Uint8Array>
}

/** Bounds of a client. */
export interface HttpClientOptions {
  /** Connections at most, which is calls at a time; further calls wait. */
  readonly connectionsMax: number
  readonly answerSizeBytesMax: number
}

/** Connecting on a network takes milliseconds; a peer that needs more is away. */
const CONNECT_TIMEOUT_MS = 10_000

/** A client of `origin`, as `http://127.0.0.1:8470`. */
export function httpClient(origin: string, options: HttpClientOptions): HttpClient {
  const pool = new Pool(origin, {
    connections: options.connectionsMax,
    connect: { timeout: CONNECT_TIMEOUT_MS, noDelay: true },
    maxResponseSize: options.answerSizeBytesMax,
  })
  return {
    request: (call) => request(pool, origin, call),
    stream: async (call) => {
      const answer = await dispatch(pool, origin, call)
      return { status: answer.statusCode, body: answer.body }
    },
    close: () => pool.destroy(),
  }
}

async function request(pool: Pool, origin: string, call: HttpCall): Promise<HttpAnswer> {
  // By hand: `AbortSignal.any` would keep every call's signal alive as long as the caller's.
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(timeout(origin, call.timeoutMs)), call.timeoutMs)
  const cancel = () => abort.abort(call.signal?.reason)
  call.signal?.addEventListener('abort', cancel, { once: true })
  if (call.signal?.aborted) cancel()
  try {
    const answer = await dispatch(pool, origin, { ...call, signal: abort.signal })
    const body = await answer.body.bytes()
    return { status: answer.statusCode, headers: plainHeaders(answer.headers), body }
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : callError(origin, error)
  } finally {
    clearTimeout(timer)
    call.signal?.removeEventListener('abort', cancel)
  }
}

async function dispatch(
  pool: Pool,
  origin: string,
  call: Omit<HttpCall, 'timeoutMs'>,
): Promise<Dispatcher.ResponseData> {
  try {
    return await pool.request({
      method: call.method,
      path: call.path,
      headers: call.headers ?? {},
      body: call.body ?? null,
      ...(call.signal && { signal: call.signal }),
      // Calls have time limits of their own; undici's are coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  } catch (error) {
    throw call.signal?.aborted ? call.signal.reason : callError(origin, error)
  }
}

function timeout(origin: string, timeoutMs: number): FoglineError {
  return new FoglineError(`Cannot call ${origin}: no answer within ${timeoutMs} ms`, {
    code: 'ERR_TIMEOUT',
  })
}

function callError(origin: string, cause: unknown): unknown {
  if (cause instanceof FoglineError) return cause
  if (cause instanceof errors.ResponseExceededMaxSizeError) {
    return new FoglineError(`Cannot call ${origin}: its answer is too large`, {
      code: 'ERR_LIMIT',
      cause,
    })
  }
  return new FoglineError(`Cannot reach ${origin}`, { code: 'ERR_UNAVAILABLE', cause })
}
