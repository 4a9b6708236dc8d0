import type { Header } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'

/** Seven bits a byte, as in Protocol Buffers; the high bit says that more follow. */
const VARINT_BITS = 7
const VARINT_MORE = 0x80
/** A length takes at most five such bytes. */
const VARINT_SHIFT_MAX = 4 * VARINT_BITS

/** Headers as bytes: each is its name's length, name, value's length, value. None are null. */
export function encodeHeaders(headers: readonly Header[]): Uint8Array | null {
  if (headers.length === 0) return null
  const names = headers.map(([name]) => Buffer.from(name))
  const size = headers.reduce(
    (total, [, value], index) =>
      total + fieldSize(names[index]?.length ?? 0) + fieldSize(value.length),
    0,
  )
  const bytes = new Uint8Array(size)
  let at = 0
  for (const [index, [, value]] of headers.entries()) {
    at = writeField(bytes, at, names[index] ?? new Uint8Array())
    at = writeField(bytes, at, value)
  }
  return bytes
}

/** The headers that `encodeHeaders` wrote; ERR_BROKER if it did not. */
export function decodeHeaders(bytes: Uint8Array | null): readonly Header[] {
  if (bytes === null) return []
  const headers: Header[] = []
  const cursor = { bytes, at: 0 }
  while (cursor.at < bytes.length) {
    const name = Buffer.from(readField(cursor).buffer).toString()
    headers.push([name, readField(cursor)])
  }
  return headers
}

function fieldSize(length: number): number {
  let size = 1 + length
  for (let rest = length >>> VARINT_BITS; rest > 0; rest >>>= VARINT_BITS) size++
  return size
}

function writeField(bytes: Uint8Array, start: number, field: Uint8Array): number {
  let at = start
  let rest = field.length
  for (; rest >= VARINT_MORE; rest >>>= VARINT_BITS) bytes[at++] = rest | VARINT_MORE
  bytes[at++] = rest
  bytes.set(field, at)
  return at + field.length
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

/** A copy, so that a kept header does not keep its record's other headers. */
function readField(cursor: Cursor): Uint8Array<ArrayBuffer> {
  let length = 0
  for (let shift = 0; ; shift += VARINT_BITS) {
    const byte = cursor.bytes[cursor.at++]
    if (byte === undefined || shift > VARINT_SHIFT_MAX) throw damaged()
    length |= (byte & ~VARINT_MORE) << shift
    if (byte < VARINT_MORE) break
  }
  const end = cursor.at + length
  if (length < 0 || end > cursor.bytes.length) throw damaged()
  const field = cursor.bytes.slice(cursor.at, end) as Uint8Array<ArrayBuffer>
  cursor.at = end
  return field
}

function damaged(): FoglineError {
  return new FoglineError('Cannot read record: its headers are damaged', { code: 'ERR_BROKER' })
}
