import { createParser } from 'eventsource-parser'
import { FoglineError } from '../std/errors.ts'
import type { HttpClient } from '../std/http-client.ts'
import type { DoorRecord } from './door.ts'
import { errorOf } from './door-error.ts'

/** One record as an event: its value may be a large tensor in base64. */
const EVENT_CHARACTERS_MAX = 64 * 1024 * 1024

/** What to read, from where on, until when. */
export interface DoorReading {
  readonly topic: string
  readonly from: string
  readonly signal: AbortSignal
}

/** The records that a door streams. Throws ERR_BROKER where it refuses to. */
export async function* doorRecords(
  client: Pick<HttpClient, 'stream'>,
  { topic, from, signal }: DoorReading,
): AsyncGenerator<DoorRecord> {
  const path = `/topics/${encodeURIComponent(topic)}?from=${encodeURIComponent(from)}`
  const { status, body } = await client.stream({ method: 'GET', path, signal })
  const decoder = new TextDecoder()
  if (status !== 200) {
    const parts: Uint8Array[] = []
    for await (const part of body) parts.push(part)
    throw new FoglineError(
      `Cannot read topic "${topic}": ${errorOf({ status, body: Buffer.concat(parts) })}`,
      { code: 'ERR_BROKER' },
    )
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
