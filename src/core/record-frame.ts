import type { Header, NewRecord } from './broker.ts'
import { type EncodedMessage, joinFrame, type ReceivedMessage, splitFrame } from './v2/frame.ts'
import { broken, listOf, objectOf, optionalTextOf, textOf } from './v2/json-fields.ts'

/** A record whose topic the receiver knows. */
export type FramedRecord = Omit<NewRecord, 'topic'>

/** The content type of many records in one body. */
export const RECORDS_TYPE = 'application/vnd.fogline.records'

/** Records of one body, at most: what a connector writes at a time, with room. */
export const FRAMED_RECORDS_MAX = 4_096

/** Headers of a record, at most; far more than any record has. */
const HEADERS_MAX = 1_024

/**
 * Records as one body: JSON that says the sizes of key, value and header values, and behind it their
 * bytes, one after the other. Framed as a message of the inference protocol (core/v2/frame.ts).
 */
export function encodeRecords(records: readonly FramedRecord[]): EncodedMessage {
  const chunks: Uint8Array[] = []
  const sizeOf = (bytes: Uint8Array): number => {
    chunks.push(bytes)
    return bytes.length
  }
  const json = records.map(({ key, value, headers, once }) => ({
    ...(key && { key: sizeOf(key) }),
    value: sizeOf(value),
    headers: headers.map(([name, bytes]) => [name, sizeOf(bytes)]),
    ...(once !== undefined && { once }),
  }))
  const { body, headers } = joinFrame(JSON.stringify({ records: json }), chunks)
  return { body, headers: { ...headers, 'content-type': RECORDS_TYPE } }
}

/** The records of a body; keys and values are views of it. Throws ERR_REQUEST where it is broken. */
export function decodeRecords(message: ReceivedMessage): readonly FramedRecord[] {
  const { json, binary } = splitFrame(message, 'records')
  const list = listOf(objectOf(json, 'records').records, {
    subject: 'records',
    max: FRAMED_RECORDS_MAX,
  })
  let at = 0
  const take = (size: unknown): Uint8Array => {
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) {
      throw broken('records', `a size is ${JSON.stringify(size)} (expected a whole number)`)
    }
    if (size > binary.length - at) {
      throw broken('records', `${binary.length - at} bytes are left (expected ${size})`)
    }
    at += size
    return binary.subarray(at - size, at)
  }
  const records = list.map((item) => recordOf(item, take))
  if (at < binary.length) throw broken('records', `${binary.length - at} bytes follow the last one`)
  return records
}

function recordOf(item: unknown, take: (size: unknown) => Uint8Array): FramedRecord {
  const fields = objectOf(item, 'record')
  const once = optionalTextOf(fields.once, 'identifier of record')
  return {
    // In the order in which they were written.
    key: fields.key === undefined ? undefined : take(fields.key),
    value: take(fields.value),
    headers: listOf(fields.headers, { subject: 'headers of record', max: HEADERS_MAX }).map(
      (header): Header => {
        const [name, size] = listOf(header, { subject: 'header of record', max: 2 })
        return [textOf(name, 'name of header'), take(size)]
      },
    ),
    ...(once !== undefined && { once }),
  }
}
