import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { Handler } from '../core/handler.ts'
import { FoglineError } from '../std/errors.ts'
import { type Log, noLog } from '../std/log.ts'
import { wholeRequest } from '../std/whole-body.ts'
import { errorAnswer, statusOf } from './answers.ts'
import { type Drainable, drainable } from './drainable.ts'
import {
  BODY_SIZE_BYTES_MAX,
  CONNECTIONS_MAX,
  GRACE_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
} from './limits.ts'
import { readBody } from './read-body.ts'

/** A handler behind a port. */
export interface FunctionServer {
  readonly port: number
  /**
   * Drains, then closes: not ready from now on, new calls get 503, those under way are answered.
   * What is not answered after `graceMs` is cut off.
   */
  close(): Promise<void>
}

/** Where and within which bounds to serve. */
export interface ServeOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly bodySizeBytesMax?: number
  readonly graceMs?: number
  readonly log?: Log
}

/**
 * Serves `handler` over HTTP; resolves once it listens. Bodies are read whole before the handler is
 * called; answers are sent whole, but for event streams: closing cuts those off. Throws ERR_UNAVAILABLE where the port is taken.
 */
export async function serve(handler: Handler, options: ServeOptions): Promise<FunctionServer> {
  const serving: Serving = { served: drainable(handler), streams: new Set(), options }
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      noDelay: true,
    },
    // Nothing waits for it: `respond` does not throw.
    (request, response) => void respond(request, response, serving),
  )
  server.maxConnections = CONNECTIONS_MAX
  await listen(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    close: () => close(server, serving),
  }
}

async function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const code = 'ERR_UNAVAILABLE'
    throw new FoglineError(`Cannot listen on ${host}:${port}`, { code, cause })
  }
}

interface Serving {
  readonly served: Drainable
  /** Event streams under way. */
  readonly streams: Set<ServerResponse>
  readonly options: ServeOptions
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  serving: Serving,
): Promise<void> {
  const { bodySizeBytesMax = BODY_SIZE_BYTES_MAX, log = noLog } = serving.options
  try {
    const body = await readBody(request, bodySizeBytesMax)
    await send(response, await serving.served.handler(webRequest(request, body)), serving)
  } catch (error) {
    if (response.destroyed || response.headersSent) return
    const status = statusOf(error)
    if (status === 500) log('error', 'Cannot answer', { path: request.url, error })
    await send(response, errorAnswer(error, status), serving)
  }
}

function webRequest(request: IncomingMessage, body: Uint8Array<ArrayBuffer>): Request {
  const { method = 'GET', url = '/' } = request
  const headers = Object.entries(request.headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  try {
    if (!url.startsWith('/')) throw new TypeError('The target is not a path')
    // The host header is the caller's word and no part of any route.
    return wholeRequest(`http://function${url}`, { method, headers }, body)
  } catch (cause) {
    throw new FoglineError(`Cannot read request ${method} "${url}"`, { code: 'ERR_REQUEST', cause })
  }
}

async function send(
  response: ServerResponse,
  answer: Response,
  { served, streams }: Serving,
): Promise<void> {
  const headers = {
    ...Object.fromEntries(answer.headers),
    ...(served.draining() ? { connection: 'close' } : {}),
  }
  if (answer.body && isEventStream(answer)) {
    response.writeHead(answer.status, headers)
    streams.add(response)
    await sendStream(response, answer.body)
    streams.delete(response)
    return
  }
  const body = await answer.bytes()
  response.writeHead(answer.status, { ...headers, 'content-length': body.length })
  response.end(body)
}

function isEventStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') ?? false
}

/** Sends events as they come, no faster than they are read; a reader that leaves ends the stream. */
async function sendStream(
  response: ServerResponse,
  body: ReadableStream<Uint8Array>,
): Promise<void> {
  // For as long as nobody has written, the headers wait: a reader wants to know that it reads.
  response.flushHeaders()
  // Leaving is how event streams end: no error.
  await pipeline(Readable.fromWeb(body as NodeReadableStream), response).catch(() => {})
}

async function close(server: Server, { served, streams, options }: Serving): Promise<void> {
  if (!server.listening) return
  const grace = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    server.closeAllConnections()
    grace.resolve()
  }, options.graceMs ?? GRACE_MS)
  await Promise.race([served.drain(), grace.promise])
  for (const stream of streams) stream.destroy()
  const closed = once(server, 'close')
  server.close()
  await closed
  clearTimeout(timer)
}
