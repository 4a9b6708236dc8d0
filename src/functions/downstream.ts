import { FoglineError } from '../std/errors.ts'
import { type HttpAnswer, httpClient } from '../std/http-client.ts'

/** Where a function hands on what it made: the address of another function. */
export interface Downstream {
  readonly url: string
  /** Posts `body`; gives any answer. Throws ERR_UNAVAILABLE, ERR_TIMEOUT or ERR_LIMIT. */
  post(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<HttpAnswer>
  close(): Promise<void>
}

/** Calls at a time; a replica works on a few invocations, each of which calls once or twice. */
const CONNECTIONS_MAX = 32

/** Answers are a word or two, or an error that a proxy puts into a page. */
const ANSWER_SIZE_BYTES_MAX = 1024 * 1024

/** Calls `url` over connections that stay open. Throws ERR_CONFIG unless it is one of HTTP. */
export function httpDownstream(url: string, timeoutMs: number): Downstream {
  const { origin, pathname, search } = parsed(url)
  const client = httpClient(origin, {
    connectionsMax: CONNECTIONS_MAX,
    answerSizeBytesMax: ANSWER_SIZE_BYTES_MAX,
  })
  const path = `${pathname}${search}`
  return {
    url,
    post: (body, headers) => client.request({ method: 'POST', path, headers, body, timeoutMs }),
    close: () => client.close(),
  }
}

function parsed(text: string): URL {
  const url = URL.parse(text)
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new FoglineError(`Cannot call "${text}": it is no address (http://HOST:PORT/PATH)`, {
    code: 'ERR_CONFIG',
  })
}
