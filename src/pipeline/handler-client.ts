import type { Handler } from '../core/handler.ts'
import { deadline } from '../std/deadline.ts'
import { FoglineError } from '../std/errors.ts'
import type { HttpAnswer, HttpCall, HttpClient } from '../std/http-client.ts'
import { unshared, wholeRequest } from '../std/whole-body.ts'

/**
 * Calls `handler` as an HTTP client would its server, without the socket between: for a gateway in
 * this very process. Throws ERR_TIMEOUT after the call's `timeoutMs`, and the signal's reason.
 */
export function handlerClient(handler: Handler): Pick<HttpClient, 'request'> {
  return {
    request: (call) =>
      deadline(answerOf(handler, call), {
        timeoutMs: call.timeoutMs,
        error: () =>
          new FoglineError(`Cannot call "${call.path}": no answer within ${call.timeoutMs} ms`, {
            code: 'ERR_TIMEOUT',
          }),
      }),
  }
}

async function answerOf(handler: Handler, call: HttpCall): Promise<HttpAnswer> {
  const { method, path, headers = {}, signal } = call
  const init = { method, headers, ...(signal && { signal }) }
  const body = unshared(call.body ?? new Uint8Array())
  const request = wholeRequest(`http://gateway${path}`, init, body)
  const answer = await handler(request)
  signal?.throwIfAborted()
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: await answer.bytes(),
  }
}
