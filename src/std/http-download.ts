import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector, Client } from 'undici'
import { FoglineError } from './errors.ts'
import { plainHeaders } from './plain-headers.ts'

/** One GET, on a connection of its own. */
export interface DownloadCall {
  /** `http:` or `https:`, without credentials. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /**
   * Why an address must not be connected to, or undefined. It is asked for the very addresses that the
   * connection uses: a name that leads elsewhere the second time it is looked up gains nothing.
   */
  readonly refusal: (address: string) => FoglineError | undefined
  /** To connect, and then between any two signs of life, at most. */
  readonly idleMs: number
  readonly signal: AbortSignal
  /** What looks names up; the system's by default. */
  readonly lookup?: Lookup | undefined
}

/** Looks a host name up, as `lookup` of `node:dns` does with `all: true`. */
export type Lookup = (
  hostname: string,
  options: { readonly all: true },
  done: (error: Error | null, addresses: readonly { address: string; family: number }[]) => void,
) => void

/** An answer whose body is arriving. Redirects are answers like any other. */
export interface Download {
  readonly status: number
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Throws ERR_UNAVAILABLE where the peer breaks off or falls silent. */
  readonly body: AsyncIterable<Uint8Array>
  /** Ends the connection, whether the body has arrived or not. */
  close(): Promise<void>
}

/**
 * Makes the call; resolves once the headers are there. Throws ERR_UNAVAILABLE where the peer cannot be
 * reached or falls silent, what `refusal` gives, and the signal's reason where that aborts.
 */
export async function download(call: DownloadCall): Promise<Download> {
  const { url, headers, signal, idleMs } = call
  const client = new Client(url.origin, {
    connect: checkedConnector(call),
    headersTimeout: idleMs,
    bodyTimeout: idleMs,
  })
  try {
    const path = `${url.pathname}${url.search}`
    const answer = await client.request({ method: 'GET', path, headers, signal })
    return {
      status: answer.statusCode,
      headers: plainHeaders(answer.headers),
      body: arriving(answer.body, call),
      close: () => client.destroy(),
    }
  } catch (error) {
    await client.destroy()
    throw failure(error, call)
  }
}

async function* arriving(
  body: AsyncIterable<Uint8Array>,
  call: DownloadCall,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw failure(error, call)
  }
}

function failure(error: unknown, { signal, url }: DownloadCall): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof FoglineError) return error
  return new FoglineError(`Cannot reach ${url.origin}`, { code: 'ERR_UNAVAILABLE', cause: error })
}

/** A literal address is never looked up, so it is asked about by itself. */
function checkedConnector({ refusal, idleMs, lookup }: DownloadCall): buildConnector.connector {
  const connect = buildConnector({
    timeout: idleMs,
    allowH2: false,
    lookup: checkedLookup(refusal, lookup ?? systemLookup),
  })
  return (options, done) => {
    const host = options.hostname.replaceAll(/^\[|\]$/g, '')
    const refused = isIP(host) === 0 ? undefined : refusal(host)
    if (refused) queueMicrotask(() => done(refused, null))
    else connect(options, done)
  }
}

/** A name's addresses, without those that are refused. */
function checkedLookup(refusal: DownloadCall['refusal'], lookup: Lookup): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, [])
      const allowed = addresses.filter(({ address }) => !refusal(address))
      const [first] = allowed
      if (first && options.all) return done(null, [...allowed])
      if (first) return done(null, first.address, first.family)
      const [refused] = addresses
      const reason = refused ? refusal(refused.address) : undefined
      done(reason ?? new Error(`${hostname} has no address`), [])
    })
  }
}
