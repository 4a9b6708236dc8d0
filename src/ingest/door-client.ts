import { createParser } from 'eventsource-parser'
import type { Datatype } from '../core/tensor.ts'
import { FoglineError } from '../std/errors.ts'
import { type HttpAnswer, type HttpClient, httpClient } from '../std/http-client.ts'

/** Where `fogline up` listens unless told otherwise. */
export const DOOR_URL = 'http://127.0.0.1:8470'

/** Samples that travel to the door at a time. */
const CONNECTIONS_MAX = 32
/** An index or an acknowledgement is small. */
const ANSWER_SIZE_BYTES_MAX = 4 * 1024 * 1024
/** Durable means one disk flush; a door that needs longer is away. */
const CALL_TIMEOUT_MS = 10_000
/** One record as an event: its value may be a large tensor in base64. */
const EVENT_CHARACTERS_MAX = 64 * 1024 * 1024

/** A tier as the door describes it. */
export interface DoorTier {
  readonly name: string
  /** Topic of answers. */
  readonly output: string
  /** Of one sample, before scale and offset. */
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** Keys of a JSON object, in the order of the sample. */
  readonly fields?: readonly string[]
}

/** A record as the door gives it. */
export interface DoorRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | { readonly base64: string } | null
  readonly headers: Readonly<Record<string, string>>
  readonly value: unknown
}

/** The HTTP door of a running `fogline up`. */
export interface Door {
  tiers(signal: AbortSignal): Promise<readonly DoorTier[]>
  /** Sends one sample; resolves with the answer, whatever its status. */
  ingest(tier: string, sample: Sample, signal: AbortSignal): Promise<HttpAnswer>
  /** The records of a topic, as they come. */
  records(topic: string, from: string, signal: AbortSignal): AsyncGenerator<DoorRecord>
  close(): Promise<void>
}

/** One sample on its way in. */
export interface Sample {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** The door at `url`, as `http://127.0.0.1:8470`. */
export function openDoor(url: string): Door {
  const { origin } = parseUrl(url)
  const client = httpClient(origin, {
    connectionsMax: CONNECTIONS_MAX,
    answerSizeBytesMax: ANSWER_SIZE_BYTES_MAX,
  })
  // A stream of events is endless: it has a client of its own, without the size limit.
  const streams = httpClient(origin, { connectionsMax: CONNECTIONS_MAX, answerSizeBytesMax: -1 })
  return {
    tiers: (signal) => tiers(client, signal),
    ingest: (tier, { body, headers }, signal) =>
      client.request({
        method: 'POST',
        path: `/ingest/${encodeURIComponent(tier)}`,
        headers,
        body,
        timeoutMs: CALL_TIMEOUT_MS,
        signal,
      }),
    records: (topic, from, signal) => records(streams, { topic, from, signal }),
    close: async () => {
      await Promise.all([client.close(), streams.close()])
    },
  }
}

/** The door's own words in an error answer `{"error": …}`. */
export function errorOf(answer: HttpAnswer): string {
  const text = Buffer.from(answer.body).toString()
  try {
    const parsed: unknown = JSON.parse(text)
    if (parsed && typeof parsed === 'object' && 'error' in parsed) return String(parsed.error)
  } catch {
    // Not JSON: its text says what there is to say.
  }
  return text.trim() || `status ${answer.status}`
}

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed
  throw new FoglineError(`Cannot use door "${url}" (an address as ${DOOR_URL} is expected)`, {
    code: 'ERR_ARGUMENT',
  })
}

async function tiers(client: HttpClient, signal: AbortSignal): Promise<readonly DoorTier[]> {
  const answer = await client.request({
    method: 'GET',
    path: '/',
    timeoutMs: CALL_TIMEOUT_MS,
    signal,
  })
  if (answer.status !== 200) {
    throw new FoglineError(`Cannot ask the door for its tiers: ${errorOf(answer)}`, {
      code: 'ERR_UNAVAILABLE',
    })
  }
  return (JSON.parse(Buffer.from(answer.body).toString()) as { tiers: readonly DoorTier[] }).tiers
}

async function* records(
  client: HttpClient,
  { topic, from, signal }: { topic: string; from: string; signal: AbortSignal },
): AsyncGenerator<DoorRecord> {
  const path = `/topics/${encodeURIComponent(topic)}?from=${encodeURIComponent(from)}`
  const { status, body } = await client.stream({ method: 'GET', path, signal })
  const decoder = new TextDecoder()
  if (status !== 200) {
    const parts: Uint8Array[] = []
    for await (const part of body) parts.push(part)
    const answer = { status, headers: {}, body: Buffer.concat(parts) }
    throw new FoglineError(`Cannot read topic "${topic}": ${errorOf(answer)}`, {
      code: 'ERR_BROKER',
    })
  }
  const events: string[] = []
  const parser = createParser({
    onEvent: (event) => events.push(event.data),
    maxBufferSize: EVENT_CHARACTERS_MAX,
  })
  for await (const part of body) {
    parser.feed(decoder.decode(part, { stream: true }))
    for (const text of events.splice(0)) yield JSON.parse(text) as DoorRecord
  }
}
