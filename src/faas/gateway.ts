import { randomUUID } from 'node:crypto'
import type { Handler } from '../core/handler.ts'
import { type ErrorCode, isFoglineError, messageOf } from '../std/errors.ts'
import type { HttpAnswer, HttpCall } from '../std/http-client.ts'
import { readBody } from '../std/request-body.ts'
import { unshared, wholeResponse } from '../std/whole-body.ts'
import type { Faas } from './faas.ts'

/** Paths that the gateway answers; the first that fits takes the request. */
const ROUTES: readonly Route[] = [
  { path: /^\/function\/([^/]+)(\/.*)?$/, answer: answerFunction },
  { path: /^\/healthz$/, answer: async () => new Response('OK') },
]

/** What a failed invocation is answered with; a function's own answers pass as they are. */
const STATUSES: Readonly<Partial<Record<ErrorCode, number>>> = {
  ERR_REQUEST: 400,
  ERR_LIMIT: 429,
  ERR_FUNCTION: 500,
  ERR_UNAVAILABLE: 503,
  ERR_TIMEOUT: 504,
}

/** Methods that are passed on to functions. */
const METHODS: readonly HttpCall['method'][] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']

/** Clients that only know seconds wait for one; a replica starts in a tenth of that. */
const RETRY_AFTER_SECONDS = '1'

/** Of the connection itself (RFC 9110, section 7.6.1), or set anew on the next one. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Statuses whose answers have no body (Fetch standard). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

/** Of a FaaS, what the gateway needs. */
export type InvokingFaas = Pick<Faas, 'invoke' | 'limits'>

interface Route {
  readonly path: RegExp
  readonly answer: (call: GatewayCall) => Promise<Response>
}

interface GatewayCall {
  readonly faas: InvokingFaas
  readonly request: Request
  readonly url: URL
  /** What the groups of the route's path stand for. */
  readonly parts: readonly (string | undefined)[]
}

/**
 * The HTTP door to the functions of `faas`: `/function/NAME[/path]` and `/healthz`, as OpenFaaS has
 * them. 404: no such function. 413: the body is too large. 429: too many wait. 500: the replica ended
 * or broke off while it worked on this. 503: no replica is available. 504: no answer in time.
 */
export function gateway(faas: InvokingFaas): Handler {
  return async (request) => {
    const url = new URL(request.url)
    for (const { path, answer } of ROUTES) {
      const match = path.exec(url.pathname)
      if (match) return await answer({ faas, request, url, parts: match.slice(1) })
    }
    return failed(404, `there is nothing at "${url.pathname}"`)
  }
}

async function answerFunction({ faas, request, url, parts }: GatewayCall): Promise<Response> {
  const [name = '', path = '/'] = parts
  const callId = request.headers.get('x-call-id') ?? randomUUID()
  const response = await invoked(faas, request, { name, path: path + url.search, callId })
  response.headers.set('x-call-id', callId)
  return response
}

interface Target {
  readonly name: string
  /** At the replica, with its query. */
  readonly path: string
  readonly callId: string
}

async function invoked(faas: InvokingFaas, request: Request, target: Target): Promise<Response> {
  const { name, path, callId } = target
  const method = METHODS.find((one) => one === request.method)
  if (!method) return failed(405, `the method "${request.method}" is not passed on`)
  let body: Uint8Array
  try {
    body = await readBody(request, faas.limits.bodySizeBytesMax)
  } catch (error) {
    return failed(isFoglineError(error, 'ERR_LIMIT') ? 413 : 400, messageOf(error))
  }
  try {
    const headers = { ...forwarded(request.headers), 'x-call-id': callId }
    const { signal } = request
    const answer = await faas.invoke(name, { method, path, headers, body, signal })
    return answer ? passedOn(answer) : failed(404, `error finding function ${name}`)
  } catch (error) {
    const code = isFoglineError(error) ? error.code : undefined
    return failed((code && STATUSES[code]) ?? 500, messageOf(error))
  }
}

function forwarded(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !CONNECTION_HEADERS.has(name)))
}

function passedOn({ status, headers, body }: HttpAnswer): Response {
  const passed = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name)),
  )
  if (BODILESS.has(status)) return new Response(null, { status, headers: passed })
  return wholeResponse(unshared(body), { status, headers: passed })
}

function failed(status: number, error: string): Response {
  const isRetryable = status === 429 || status === 503
  const headers = { ...(isRetryable && { 'retry-after': RETRY_AFTER_SECONDS }) }
  return Response.json({ error }, { status, headers })
}
