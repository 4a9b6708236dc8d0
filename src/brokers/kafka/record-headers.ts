import type { Header } from '../../core/broker.ts'

/** Names that were encoded before; a pipeline has a dozen, and a stranger's are bounded by it. */
const NAMES_MAX = 1_000

/** Encodes headers as the client takes them: a map by the identity of its keys, so that names may repeat. */
export function headerEncoder(): (headers: readonly Header[]) => Map<Buffer, Buffer> {
  const names = new Map<string, Buffer>()
  const nameBytes = (name: string) => {
    const known = names.get(name)
    if (known) return known
    const bytes = Buffer.from(name)
    if (names.size < NAMES_MAX) names.set(name, bytes)
    return bytes
  }
  return (headers) => {
    const encoded = new Map<Buffer, Buffer>()
    for (const [name, value] of headers) {
      const bytes = nameBytes(name)
      encoded.set(encoded.has(bytes) ? Buffer.from(bytes) : bytes, bufferOf(value))
    }
    return encoded
  }
}

/** The same bytes as the client's kind of view. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The headers of a record that the client read. */
export function headersOf(pairs: readonly (readonly [Buffer | null, Buffer | null])[]): Header[] {
  return pairs.map(([name, value]) => [name?.toString() ?? '', value ?? NO_BYTES])
}

const NO_BYTES = new Uint8Array()
