import type { Header, ReceivedRecord } from './broker.ts'
import { broken, listOf, objectOf, textOf } from './v2/json-fields.ts'
import { parseJson } from './v2/json-text.ts'

/** The parameter of a request that carries the records of its samples, for a function that writes. */
export const RECORDS_PARAMETER = 'records'

/** Far more than a request has samples, and a record headers. */
const LENGTH_MAX = 65_536

/**
 * What is known of the records of one partition, but for their values, as text. Keys and header values
 * are bytes: each becomes the character of its number (Latin-1), so that none is lost.
 */
export function carryRecords(records: readonly ReceivedRecord[]): string {
  const [first] = records
  return JSON.stringify({
    topic: first?.topic ?? '',
    topicId: first?.topicId ?? '',
    partition: first?.partition ?? 0,
    records: records.map(({ offset, timestampMs, key, headers }) => [
      offset,
      timestampMs,
      key ? characters(key) : null,
      headers.map(([name, value]) => [name, characters(value)]),
    ]),
  })
}

/** The records that `text` carries, with empty values. Throws ERR_REQUEST where it is broken. */
export function carriedRecords(text: unknown): readonly ReceivedRecord[] {
  const fields = objectOf(parsed(text), SUBJECT)
  const topic = textOf(fields.topic, `topic of ${SUBJECT}`)
  const topicId = textOf(fields.topicId, `topicId of ${SUBJECT}`)
  const partition = wholeNumber(fields.partition)
  return listOf(fields.records, { subject: SUBJECT, max: LENGTH_MAX }).map((record) => {
    const [offset, timestampMs, key, headers] = listOf(record, { subject: SUBJECT, max: 4 })
    return {
      topic,
      topicId,
      partition,
      offset: wholeNumber(offset),
      timestampMs: wholeNumber(timestampMs),
      key: key === null ? undefined : bytes(key),
      value: new Uint8Array(),
      headers: listOf(headers, { subject: SUBJECT, max: LENGTH_MAX }).map((header): Header => {
        const [name, value] = listOf(header, { subject: SUBJECT, max: 2 })
        return [textOf(name, `name of header in ${SUBJECT}`), bytes(value)]
      }),
    }
  })
}

const SUBJECT = 'carried records'

function parsed(text: unknown): unknown {
  try {
    return parseJson(textOf(text, SUBJECT))
  } catch (cause) {
    throw broken(SUBJECT, 'they are not JSON', cause)
  }
}

function characters(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
}

function bytes(value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'latin1')
  throw broken(SUBJECT, 'a key or header is no text')
}

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw broken(SUBJECT, `a number is ${JSON.stringify(value)} (expected a whole one)`)
}
