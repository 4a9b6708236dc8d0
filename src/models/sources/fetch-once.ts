import type { FoglineError } from '../../std/errors.ts'
import { type Download, download, type Lookup } from '../../std/http-download.ts'
import { quote, refuse } from '../refuse.ts'
import { addressKind } from './address-kind.ts'
import { type FetchLimits, REDIRECTS_MAX, RETRY_AFTER_MS_MAX } from './fetch-limits.ts'
import type { WebSource } from './model-source.ts'

/** What tells a version of what an address leads to, as its server said. */
export interface Validators {
  readonly etag?: string
  readonly lastModified?: string
}

/** What came of asking a server. */
export type Fetched =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly validators: Validators }
  /** What the validators that were sent stand for is still what the address leads to. */
  | { readonly kind: 'unchanged' }
  /** It may do so later. */
  | { readonly kind: 'away'; readonly reason: FoglineError; readonly afterMs: number }

/** One try. */
export interface FetchOnce {
  /** What is at hand already. */
  readonly known: Validators | undefined
  readonly limits: Pick<FetchLimits, 'bytesMax' | 'idleMs'>
  readonly signal: AbortSignal
  readonly lookup?: Lookup | undefined
}

/**
 * Asks the server of `source` once, following redirects on its host. Throws ERR_MODEL where its answer
 * is final, ERR_UNAVAILABLE where it cannot be reached, and the signal's reason where that aborts.
 */
export async function fetchOnce(source: WebSource, options: FetchOnce): Promise<Fetched> {
  let url = new URL(source.url)
  const authorization = await source.authorization?.()
  const headers = {
    // Compressed bytes would need bounds of their own; models compress badly.
    'accept-encoding': 'identity',
    accept: '*/*',
    'user-agent': 'fogline',
    ...(authorization !== undefined && { authorization }),
    ...conditions(options.known),
  }
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    const answer = await download({
      url,
      headers,
      refusal: (address) => refusal(address, source),
      idleMs: options.limits.idleMs,
      signal: options.signal,
      lookup: options.lookup,
    })
    try {
      if (!REDIRECTS.has(answer.status)) return await fetched(answer, source, options)
      url = redirected(url, answer.headers.location)
    } finally {
      await answer.close()
    }
  }
  throw refuse(`the server redirects more than ${REDIRECTS_MAX} times`)
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Request timeout, too many requests; 5xx are the server's own failures. */
const LATER: ReadonlySet<number> = new Set([408, 429])

function conditions(known: Validators | undefined): Record<string, string> {
  if (known?.etag !== undefined) return { 'if-none-match': known.etag }
  if (known?.lastModified !== undefined) return { 'if-modified-since': known.lastModified }
  return {}
}

function refusal(address: string, { allowPrivate }: WebSource): FoglineError | undefined {
  const kind = addressKind(address)
  if (kind === 'public' || (kind === 'private' && allowPrivate)) return undefined
  return kind === 'private'
    ? refuse(
        `its server is at ${address}, a private address (only with allowPrivate, or --allow-private)`,
      )
    : refuse(`its server is at ${quote(address)}, which is no address for models`)
}

/** Where a redirect leads: to the same host only, and never from https to http. */
function redirected(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from)) {
    throw refuse('the server redirects to no address')
  }
  const to = new URL(location, from)
  const isSame = to.origin === from.origin
  const isUpgrade =
    from.protocol === 'http:' &&
    to.protocol === 'https:' &&
    to.hostname === from.hostname &&
    from.port === '' &&
    to.port === ''
  if (!isSame && !isUpgrade) {
    throw refuse(`the server redirects to ${quote(to.origin)} (only its own host is followed)`)
  }
  to.username = ''
  to.password = ''
  return to
}

async function fetched(
  answer: Download,
  source: WebSource,
  { known, limits }: FetchOnce,
): Promise<Fetched> {
  const { status, headers } = answer
  if (status === 304 && known) return { kind: 'unchanged' }
  if (status >= 500 || LATER.has(status)) {
    const reason = refuse(`the server answers ${status}`)
    return { kind: 'away', reason, afterMs: retryAfterMs(headers['retry-after']) }
  }
  if (status !== 200) throw refuse(finalAnswer(status, source))
  if (headers['ml-framework'] !== undefined && headers['ml-framework'] !== 'tf') {
    const framework = quote(headers['ml-framework'])
    throw refuse(`the Kafka-ML result is of framework ${framework} (only "tf", TensorFlow)`)
  }
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    throw refuse(`the server sends it in encoding ${quote(encoding)}, though asked for none`)
  }
  const bytes = await collect(answer, limits.bytesMax)
  const { etag, 'last-modified': lastModified } = headers
  const validators = {
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
  }
  return { kind: 'file', bytes, validators }
}

/** A Kafka-ML back-end answers 400 to everything that it cannot do. */
function finalAnswer(status: number, { isKafkaMl, url }: WebSource): string {
  if (status === 401 || status === 403) {
    return `the server answers ${status} (does the address or "authorization" say who asks?)`
  }
  if (!isKafkaMl || status !== 400) return `the server answers ${status} (expected 200)`
  const host = quote(new URL(url).hostname)
  return `the Kafka-ML back-end answers 400: it has no such result, its training has not finished, or it does not know itself by ${host} (ALLOWED_HOSTS)`
}

/** Seconds, as servers send; a date is not looked at: clocks differ. */
function retryAfterMs(text: string | undefined): number {
  const seconds = /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0
  return Math.min(seconds * 1000, RETRY_AFTER_MS_MAX)
}

/** The whole body; ERR_MODEL as soon as it is, or says that it will be, too large. */
async function collect({ body, headers }: Download, bytesMax: number): Promise<Uint8Array> {
  const text = headers['content-length']
  const declared = text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
  if (declared !== undefined && declared > bytesMax) throw tooLarge(declared, bytesMax)
  // Memory of a known size is filled in place: the parts and the whole would be twice as much.
  const whole = declared === undefined ? undefined : Buffer.allocUnsafeSlow(declared)
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of body) {
    const end = sizeBytes + part.length
    if (end > Math.min(bytesMax, whole?.length ?? bytesMax)) throw tooLarge(end, bytesMax)
    if (whole) whole.set(part, sizeBytes)
    else parts.push(part)
    sizeBytes = end
  }
  if (!whole) return Buffer.concat(parts)
  if (sizeBytes < whole.length) throw refuse('the server sends less than it says')
  return whole
}

function tooLarge(sizeBytes: number, bytesMax: number): FoglineError {
  return refuse(`file has ${sizeBytes} bytes or more (at most ${bytesMax})`)
}
