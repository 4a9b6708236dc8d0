/** A place in the bytes of an Avro value. */
export interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

/** 64 bits in groups of seven. */
const VARINT_BYTES_MAX = 10

/** Moves `cursor` on by `count` bytes; throws RangeError where there are not as many. */
export function skipBytes(cursor: Cursor, count: number): void {
  const left = cursor.bytes.length - cursor.at
  if (count < 0 || count > left) {
    throw new RangeError(`${count} bytes are missing at byte ${cursor.at} (it has ${left} more)`)
  }
  cursor.at += count
}

/** Moves `cursor` behind an int or a long of any size. */
export function skipVarint(cursor: Cursor): void {
  for (let count = 0; count < VARINT_BYTES_MAX; count++) {
    if (nextByte(cursor) < 0x80) return
  }
  throw new RangeError(`an integer has more than ${VARINT_BYTES_MAX} bytes`)
}

/**
 * Reads an int or a long from -2^52 to 2^53 - 2; throws RangeError for others. Just these does avsc
 * read exactly: the code of a number is twice as large, and odd for a negative one.
 */
export function readInteger(cursor: Cursor): number {
  const start = cursor.at
  let code = 0
  let factor = 1
  for (;;) {
    const byte = nextByte(cursor)
    code += (byte & 0x7f) * factor
    factor *= 0x80
    if (byte < 0x80) break
    if (cursor.at - start === VARINT_BYTES_MAX) {
      throw new RangeError(`an integer has more than ${VARINT_BYTES_MAX} bytes`)
    }
  }
  // By its last bit alone: a large odd code may have become even.
  const isNegative = ((cursor.bytes[start] ?? 0) & 1) === 1
  if (code >= (isNegative ? 2 ** 53 : 2 ** 54 - 2)) {
    throw new RangeError('an integer cannot be read exactly (-2^52 to 2^53)')
  }
  return isNegative ? -(code + 1) / 2 : code / 2
}

function nextByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at]
  if (byte === undefined) throw new RangeError('it ends too early')
  cursor.at++
  return byte
}
