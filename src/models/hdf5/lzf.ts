import { refuse } from '../refuse.ts'

/**
 * Unpacks what LibLZF packed: runs of literals, and copies of what was unpacked before. Throws
 * ERR_MODEL where that is more than `bytesMax`, or reaches before the beginning.
 */
export function unpackLzf(packed: Uint8Array, bytesMax: number): Uint8Array {
  const plain = new Uint8Array(bytesMax)
  let size = 0
  let at = 0
  const next = (): number => {
    const byte = packed[at++]
    if (byte === undefined) throw corrupt()
    return byte
  }
  while (at < packed.length) {
    const control = next()
    if (control < LITERALS_MAX) {
      const count = control + 1
      if (at + count > packed.length || size + count > bytesMax) throw corrupt()
      plain.set(packed.subarray(at, at + count), size)
      at += count
      size += count
      continue
    }
    const length = control >> 5
    const count = 2 + (length < LENGTH_MAX ? length : length + next())
    const from = size - ((control & 0x1f) << 8) - next() - 1
    if (from < 0 || size + count > bytesMax) throw corrupt()
    // Byte by byte: a copy may reach into what it writes.
    for (let index = 0; index < count; index++) plain[size + index] = plain[from + index] ?? 0
    size += count
  }
  return plain.subarray(0, size)
}

/** Below this, a control byte is the length of a run of literals, less one. */
const LITERALS_MAX = 32
/** A length of three bits; where all are set, a byte follows that is added. */
const LENGTH_MAX = 7

function corrupt(): Error {
  return refuse('HDF5 chunk is corrupt: it does not unpack to its size')
}
