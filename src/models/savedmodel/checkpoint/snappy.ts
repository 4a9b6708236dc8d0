import { refuse } from '../../refuse.ts'

/** What `packed` unpacks to (Snappy's raw format); ERR_MODEL where that is more than `bytesMax`. */
export function unpackSnappy(packed: Uint8Array, bytesMax: number): Uint8Array {
  const { value: sizeBytes, next } = readSize(packed)
  if (sizeBytes > bytesMax)
    throw refuse(`block unpacks to ${sizeBytes} bytes (at most ${bytesMax})`)
  const output = new Uint8Array(sizeBytes)
  let at = next
  let written = 0
  while (at < packed.length) {
    const tag = packed[at] ?? 0
    if ((tag & 3) === LITERAL) {
      const { length, start } = literal(packed, at)
      if (start + length > packed.length || written + length > sizeBytes) throw corrupt()
      output.set(packed.subarray(start, start + length), written)
      written += length
      at = start + length
    } else {
      const { length, offset, size } = copy(packed, at)
      if (offset === 0 || offset > written || written + length > sizeBytes) throw corrupt()
      // Byte by byte: a copy may overlap what it writes.
      for (let index = 0; index < length; index++, written++) {
        output[written] = output[written - offset] ?? 0
      }
      at += size
    }
  }
  if (written !== sizeBytes) throw corrupt()
  return output
}

const LITERAL = 0
/** Literals from this length code on have their length in 1 to 4 bytes of their own. */
const LONG_LITERAL = 60

function readSize(packed: Uint8Array): { value: number; next: number } {
  let value = 0
  for (let index = 0; index < 5; index++) {
    const byte = packed[index]
    if (byte === undefined) throw corrupt()
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: index + 1 }
  }
  throw corrupt()
}

function literal(packed: Uint8Array, at: number): { length: number; start: number } {
  const code = (packed[at] ?? 0) >>> 2
  if (code < LONG_LITERAL) return { length: code + 1, start: at + 1 }
  const bytes = code - LONG_LITERAL + 1
  return { length: little(packed, at + 1, bytes) + 1, start: at + 1 + bytes }
}

/** A copy of what was written `offset` bytes before; its tag takes `size` bytes. */
function copy(packed: Uint8Array, at: number): { length: number; offset: number; size: number } {
  const tag = packed[at] ?? 0
  if ((tag & 3) === 1) {
    const offset = ((tag >>> 5) << 8) | little(packed, at + 1, 1)
    return { length: ((tag >>> 2) & 7) + 4, offset, size: 2 }
  }
  const bytes = (tag & 3) === 2 ? 2 : 4
  return { length: (tag >>> 2) + 1, offset: little(packed, at + 1, bytes), size: 1 + bytes }
}

function little(packed: Uint8Array, at: number, bytes: number): number {
  if (at + bytes > packed.length) throw corrupt()
  let value = 0
  for (let index = 0; index < bytes; index++) value += (packed[at + index] ?? 0) * 256 ** index
  return value
}

function corrupt(): Error {
  return refuse('block packed by Snappy is corrupt')
}
