import type { Handler } from '../core/handler.ts'
import { deadline } from '../std/deadline.ts'
import { FoglineError } from '../std/errors.ts'
import type { HttpAnswer, HttpCall, HttpClient } from '../std/http-client.ts'
import { unshared, wholeRequest } from '../std/whole-body.ts'

/**
 * Calls `handler` as an HTTP client would its server, without the socket between: for a gateway or a
 * door in this very process. Throws ERR_TIMEOUT after the call's `timeoutMs`, and the signal's reason.
 */
export function handlerClient(handler: Handler): Pick<HttpClient, 'request' | 'stream'> {
  return {
    request: (call) =>
      deadline(answerOf(handler, call), {
        timeoutMs: call.timeoutMs,
        error: () =>
          new FoglineError(`Cannot call "${call.path}": no answer within ${call.timeoutMs} ms`, {
            code: 'ERR_TIMEOUT',
          }),
      }),
    stream: async ({ signal, ...call }) => {
      // A request's own signal is no help: it goes dead once the request is garbage.
      const { status, body } = await handler(requestOf(call))
      return { status, body: partsOf(body, signal) }
    },
  }
}

/** The parts of a body as they come; the signal's abort cancels it, and is thrown. */
async function* partsOf(
  body: ReadableStream<Uint8Array> | null,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  if (!body) return
  const reader = body.getReader()
  // The body fails, if it does, where it is read.
  const cancel = () => void reader.cancel().catch(() => {})
  signal?.addEventListener('abort', cancel)
  if (signal?.aborted) cancel()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      signal?.throwIfAborted()
      if (done) return
      yield value
    }
  } finally {
    signal?.removeEventListener('abort', cancel)
    cancel()
  }
}

function requestOf(call: Omit<HttpCall, 'timeoutMs'>): Request {
  const { method, path, headers = {}, signal } = call
  const init = { method, headers, ...(signal && { signal }) }
  return wholeRequest(`http://localhost${path}`, init, unshared(call.body ?? new Uint8Array()))
}

async function answerOf(handler: Handler, call: HttpCall): Promise<HttpAnswer> {
  const answer = await handler(requestOf(call))
  call.signal?.throwIfAborted()
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: await answer.bytes(),
  }
}
