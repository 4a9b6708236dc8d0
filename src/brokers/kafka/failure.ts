import { findErrorBy } from '@platformatic/kafka'
import { type ErrorCode, FoglineError, isFoglineError } from '../../std/errors.ts'

/**
 * A failure of a cluster as an error of ours: `Cannot ACTION`, with the reason as its cause. ERR_LIMIT
 * for what is too large, ERR_UNAVAILABLE for what passes, ERR_BROKER for what no waiting mends.
 */
export function failure(action: string, error: unknown): FoglineError {
  const chain = chainOf(error)
  const known = chain.find((one) => isFoglineError(one))
  if (isFoglineError(known)) return known
  const cause = new Error(chain.map(wordsOf).join(': ') || String(error), { cause: undefined })
  return new FoglineError(`Cannot ${action}`, { code: codeOf(chain), cause })
}

/** Whether `error` says `apiId`, as `OFFSET_OUT_OF_RANGE`, anywhere within. */
export function says(error: unknown, apiId: string): boolean {
  return error instanceof Error && findErrorBy(error, 'apiId', apiId) !== null
}

/** Errors within errors are followed so deep. */
const DEPTH_MAX = 8

/**
 * The errors that tell something, outermost first. The client nests those of attempts and partitions
 * in errors that only count them: of these the last is followed, but for its own closing.
 */
function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = []
  let current = error
  for (let depth = 0; depth < DEPTH_MAX && current instanceof Error; depth++) {
    if (current instanceof AggregateError && current.errors.length > 0) {
      current = current.errors.findLast((one) => !isClosing(one)) ?? current.errors.at(-1)
    } else {
      chain.push(current)
      current = current.cause
    }
  }
  return chain
}

function isClosing(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Client closed while')
}

function wordsOf(error: Error): string {
  const said = 'serverErrorMessage' in error && error.serverErrorMessage
  const text = String(said || error.message || error.name).replace(/\.$/, '')
  if (!('apiId' in error)) return text
  // What a broker says to whose token it has refused, and who goes on all the same.
  const refused = error.apiId === 'ILLEGAL_SASL_STATE' ? 'SASL authentication failed: ' : ''
  return `${refused}${error.apiId} (${text})`
}

/** By the broker's own word, where it says something else than its kind. */
const BY_API_ID: Readonly<Record<string, ErrorCode>> = {
  MESSAGE_TOO_LARGE: 'ERR_LIMIT',
  RECORD_LIST_TOO_LARGE: 'ERR_LIMIT',
  CONCURRENT_TRANSACTIONS: 'ERR_UNAVAILABLE',
  REBALANCE_IN_PROGRESS: 'ERR_BROKER',
  UNKNOWN_TOPIC_OR_PARTITION: 'ERR_BROKER',
}

/** Of sockets: what comes back by itself. Others, as a certificate not trusted, do not. */
const PASSING: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'PLT_KFK_NETWORK',
  'PLT_KFK_TIMEOUT',
])

function codeOf(chain: readonly Error[]): ErrorCode {
  const refusal = chain.find((one) => 'apiId' in one && typeof one.apiId === 'string')
  if (refusal && 'apiId' in refusal) {
    const isPassing = 'canRetry' in refusal && refusal.canRetry === true
    return BY_API_ID[String(refusal.apiId)] ?? (isPassing ? 'ERR_UNAVAILABLE' : 'ERR_BROKER')
  }
  const innermost = chain.findLast((one) => 'code' in one)
  return innermost && 'code' in innermost && PASSING.has(innermost.code)
    ? 'ERR_UNAVAILABLE'
    : 'ERR_BROKER'
}
