import type { ReceivedRecord } from '../core/broker.ts'
import { HEADERS } from '../core/headers.ts'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder()

/**
 * A record as JSON on one line: after `before`, its partition, offset, key, headers, value. The value
 * is the JSON that it is, else `{"base64": …}`; so it is too where `fogline-datatype` says that it is
 * a raw tensor. Of several headers of one name the last is given, as text.
 */
export function recordJson(record: ReceivedRecord, before: object = {}): string {
  const { partition, offset } = record
  const place = { ...before, partition, offset }
  const head = JSON.stringify({ ...place, key: keyOf(record), headers: headersOf(record) })
  // The value's own text: parsed and written again, large integers would change.
  return `${head.slice(0, -1)},"value":${valueText(record)}}`
}

/** A key: text, bytes where it is not UTF-8, or null where there is none. */
export type RecordKey = string | { readonly base64: string } | null

/** The key of a record. */
export function keyOf({ key }: ReceivedRecord): RecordKey {
  return key === undefined ? null : (textOf(key) ?? base64Of(key))
}

function headersOf({ headers }: ReceivedRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(headers.map(([name, value]) => [name, lenient.decode(value)]))
}

function valueText({ value, headers }: ReceivedRecord): string {
  const raw = headers.some(([name]) => name === HEADERS.datatype)
  const json = raw ? undefined : jsonOf(value)
  return json ?? JSON.stringify(base64Of(value))
}

/** `value` on one line, if it is JSON: between its tokens line breaks mean as much as spaces. */
function jsonOf(value: Uint8Array): string | undefined {
  const text = textOf(value)
  if (text === undefined) return undefined
  try {
    JSON.parse(text)
    return text.replaceAll(/[\r\n]+/g, ' ')
  } catch {
    return undefined
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

function base64Of(bytes: Uint8Array): { readonly base64: string } {
  return { base64: Buffer.from(bytes).toString('base64') }
}
