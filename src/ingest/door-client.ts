import { FoglineError } from '../std/errors.ts'
import { type HttpCall, type HttpClient, httpClient } from '../std/http-client.ts'
import type { Door, DoorTier } from './door.ts'
import { errorOf } from './door-error.ts'
import { doorRecords } from './door-records.ts'
import type { TierLag } from './get-lag.ts'

/** Where `fogline up` listens unless told otherwise. */
export const DOOR_URL = 'http://127.0.0.1:8470'

/** Samples that travel to the door at a time. */
const CONNECTIONS_MAX = 32
/** An index, an acknowledgement or a page is small; one dead letter with its value need not be. */
const ANSWER_SIZE_BYTES_MAX = 64 * 1024 * 1024
/** Durable means one disk flush; a door that needs longer is away. */
const CALL_TIMEOUT_MS = 10_000
/** To go through all dead letters of a tier takes minutes for some millions. */
const LETTERS_TIMEOUT_MS = 600_000

/** How a door is called. */
export type DoorClient = Pick<HttpClient, 'request' | 'stream' | 'close'>

/** The door of a running `fogline up` at `url`, as `http://127.0.0.1:8470`. */
export function openDoor(url: string): Door {
  const { origin } = parseUrl(url)
  const limits = { connectionsMax: CONNECTIONS_MAX, answerSizeBytesMax: ANSWER_SIZE_BYTES_MAX }
  const client = httpClient(origin, limits)
  // A stream of events is endless: it has a client of its own, without the size limit.
  const streams = httpClient(origin, { ...limits, answerSizeBytesMax: -1 })
  return doorOver({
    request: client.request,
    stream: streams.stream,
    close: async () => {
      await Promise.all([client.close(), streams.close()])
    },
  })
}

/** The door that `client` calls. */
export function doorOver(client: DoorClient): Door {
  return {
    tiers: async (signal) => {
      const action = 'ask the door for its tiers'
      const { tiers } = await ask<{ tiers: DoorTier[] }>(client, { action, path: '/', signal })
      return tiers
    },
    ingest: (tier, { body, headers }, signal) =>
      client.request({
        method: 'POST',
        path: `/ingest/${encodeURIComponent(tier)}`,
        headers,
        body,
        timeoutMs: CALL_TIMEOUT_MS,
        signal,
      }),
    records: (topic, from, signal) => doorRecords(client, { topic, from, signal }),
    lag: async (signal) => {
      const action = 'ask the door for its lag'
      const { tiers } = await ask<{ tiers: TierLag[] }>(client, { action, path: '/lag', signal })
      return tiers
    },
    deadLetters: deadLetterDoor(client),
    close: () => client.close(),
  }
}

function deadLetterDoor(client: DoorClient): Door['deadLetters'] {
  const path = (tier: string) => `/dead-letters/${encodeURIComponent(tier)}`
  const timeoutMs = LETTERS_TIMEOUT_MS
  return {
    list: (tier, { limit, after }, signal) => {
      const query = new URLSearchParams({ limit: String(limit), ...(after && { after }) })
      const action = `list dead letters of tier "${tier}"`
      return ask(client, { action, path: `${path(tier)}?${query}`, timeoutMs, signal })
    },
    show: (tier, place, signal) => {
      const action = `show a dead letter of tier "${tier}"`
      return ask(client, { action, path: `${path(tier)}/${place}`, signal })
    },
    handle: (tier, { verdict, letters }, signal) => {
      const order = letters === 'all' ? { all: true } : { letters }
      const action = `${verdict} dead letters of tier "${tier}"`
      return ask(client, { action, path: `${path(tier)}/${verdict}`, order, timeoutMs, signal })
    },
  }
}

interface Asking extends Pick<HttpCall, 'path'> {
  /** For messages: `list dead letters of tier "edge"`. */
  readonly action: string
  /** Makes it a POST. */
  readonly order?: unknown
  readonly timeoutMs?: number
  readonly signal: AbortSignal
}

/** The JSON that the door answers. Throws ERR_ARGUMENT where it refuses, else ERR_UNAVAILABLE. */
async function ask<T>(client: DoorClient, { action, order, ...asking }: Asking): Promise<T> {
  const answer = await client.request({
    method: order === undefined ? 'GET' : 'POST',
    ...(order !== undefined && { body: Buffer.from(JSON.stringify(order)) }),
    timeoutMs: CALL_TIMEOUT_MS,
    ...asking,
  })
  if (answer.status === 200) return JSON.parse(Buffer.from(answer.body).toString())
  throw new FoglineError(`Cannot ${action}: ${errorOf(answer)}`, {
    code: answer.status < 500 ? 'ERR_ARGUMENT' : 'ERR_UNAVAILABLE',
  })
}

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed
  throw new FoglineError(`Cannot use door "${url}" (an address as ${DOOR_URL} is expected)`, {
    code: 'ERR_ARGUMENT',
  })
}
