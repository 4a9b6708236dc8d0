/** Fletcher's checksum as HDF5 computes it: of big-endian 16-bit words, in ones' complement. */
export function fletcher32(bytes: Uint8Array): number {
  let low = 0
  let high = 0
  const even = bytes.length - (bytes.length % 2)
  for (let at = 0; at < even; ) {
    const end = Math.min(even, at + BYTES_A_FOLD)
    for (; at < end; at += 2) {
      low += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
      high += low
    }
    low = fold(low)
    high = fold(high)
  }
  if (even < bytes.length) {
    low = fold(low + ((bytes[even] ?? 0) << 8))
    high = fold(high + low)
  }
  return ((fold(high) << 16) | fold(low)) >>> 0
}

/** After so many words, sums still fit into 32 bits. */
const BYTES_A_FOLD = 720

function fold(sum: number): number {
  return (sum & 0xffff) + (sum >>> 16)
}
