import type { Header, ReceivedRecord } from './broker.ts'
import { HEADERS, headersWithout, headerText, lastHeader, textHeader } from './headers.ts'

/** Where a sample comes from: what its fogline headers say, or what stands for them. */
export interface Provenance {
  /** Unique within `source`. */
  readonly id: string
  readonly source: string
  /** When the device sent it, ms since the epoch. */
  readonly timeMs: number
  /** How often it was sent again as a dead letter; its header is kept from tier to tier. */
  readonly retry: number
  /** Id, source and time as headers; those that the record has are kept as they are. */
  readonly headers: readonly Header[]
}

/**
 * The provenance of `record`. Without an id it is `<partition>/<offset>`, whose source can only be
 * the topic's own id; a missing or unreadable time is what the prototype's devices say, else the
 * record's timestamp.
 */
export function provenanceOf(record: ReceivedRecord): Provenance {
  const given = headerText(record.headers, HEADERS.id)
  const id = given ?? `${record.partition}/${record.offset}`
  const givenSource = given && headerText(record.headers, HEADERS.source)
  const source = givenSource || record.topicId
  const givenTimeMs = timeOf(record, HEADERS.time)
  const timeMs = givenTimeMs ?? prototypeTimeOf(record) ?? record.timestampMs
  const kept = (name: string, isKept: boolean) =>
    isKept ? lastHeader(record.headers, name) : undefined
  return {
    id,
    source,
    timeMs,
    retry: retryOf(record.headers),
    headers: [
      kept(HEADERS.id, given !== undefined) ?? textHeader(HEADERS.id, id),
      kept(HEADERS.source, Boolean(givenSource)) ?? textHeader(HEADERS.source, source),
      kept(HEADERS.time, givenTimeMs !== undefined) ?? textHeader(HEADERS.time, String(timeMs)),
    ],
  }
}

/**
 * What duplicates of a sample share: the same wherever and however often it is delivered. A dead
 * letter that is sent again is no duplicate of its failed first try.
 */
export function identityOf(provenance: Pick<Provenance, 'source' | 'id' | 'retry'>): string {
  const { source, id, retry } = provenance
  // With the length, no other source and id give the same text; with the "#", no other retry.
  const identity = `${source.length}:${source}/${id}`
  return retry === 0 ? identity : `${retry}#${identity}`
}

/** How often `headers` say that a sample was sent again; 0 where they say nothing readable. */
export function retryOf(headers: readonly Header[]): number {
  return retryFromText(headerText(headers, HEADERS.retry))
}

/** The number that the text of a `fogline-retry` header says. */
export function retryFromText(text = ''): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0
}

/** The tiers that `headers` say were passed, in order. */
export function pathOf(headers: readonly Header[]): readonly string[] {
  return headerText(headers, HEADERS.path)?.split(',') ?? []
}

/** The headers of `record`, then those of its provenance that it lacks. */
export function withProvenance({ headers }: ReceivedRecord, provenance: Provenance): Header[] {
  return [...headers, ...provenance.headers.filter((header) => !headers.includes(header))]
}

/**
 * The headers of what `tier` writes for `record`: foreign ones byte for byte and in order, then the
 * provenance and the path with `tier` at its end. Those about the old value or an old failure go.
 */
export function passedHeaders(
  record: ReceivedRecord,
  { provenance, tier }: { readonly provenance: Provenance; readonly tier: string },
): Header[] {
  const path = headerText(record.headers, HEADERS.path)
  return [
    ...headersWithout(record.headers, OWN_NAMES),
    ...provenance.headers,
    textHeader(HEADERS.path, path ? `${path},${tier}` : tier),
  ]
}

const OWN_NAMES: ReadonlySet<string> = new Set([
  HEADERS.id,
  HEADERS.source,
  HEADERS.time,
  HEADERS.path,
  HEADERS.shape,
  HEADERS.datatype,
  HEADERS.errorCode,
  HEADERS.error,
  HEADERS.origin,
  HEADERS.attempts,
])

function timeOf({ headers }: ReceivedRecord, name: string): number | undefined {
  const text = headerText(headers, name)
  if (!text) return undefined
  const time = Number(text)
  return Number.isFinite(time) && time >= 0 ? time : undefined
}

function prototypeTimeOf(record: ReceivedRecord): number | undefined {
  const seconds = timeOf(record, HEADERS.prototypeTime)
  return seconds === undefined ? undefined : Math.round(seconds * 1_000)
}
