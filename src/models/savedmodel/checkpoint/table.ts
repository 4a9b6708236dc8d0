import { BUNDLE_ENTRIES_MAX, CONFIG_BYTES_MAX } from '../../limits.ts'
import { textOf } from '../../protobuf.ts'
import { refuse } from '../../refuse.ts'
import { maskedCrc32c } from './crc32c.ts'
import { unpackSnappy } from './snappy.ts'

/**
 * The entries of a sorted table, by key (tensorflow/core/lib/io/table, LevelDB's format). Throws
 * ERR_MODEL where a block is corrupt, or lies outside of `file`.
 */
export function readTable(file: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const footer = file.length - FOOTER_BYTES
  if (footer < 0) throw corrupt()
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (view.getBigUint64(file.length - 8, true) !== MAGIC) {
    throw refuse('variables.index is no table of variables')
  }
  const metaIndex = readHandle(file, footer)
  const { handle } = readHandle(file, metaIndex.next)
  const entries = new Map<string, Uint8Array>()
  for (const { value } of readBlock(file, handle)) {
    for (const entry of readBlock(file, readHandle(value, 0).handle)) {
      if (entries.size >= BUNDLE_ENTRIES_MAX) {
        throw refuse(`variables.index has more than ${BUNDLE_ENTRIES_MAX} entries`)
      }
      const key = textOf(entry.key)
      if (entries.has(key)) throw corrupt()
      entries.set(key, entry.value)
    }
  }
  return entries
}

const MAGIC = 0xdb4775248b80fb57n
const FOOTER_BYTES = 48
/** After each block: how it is packed, and a checksum. */
const TRAILER_BYTES = 5

/** Where a block lies in the file. */
interface Handle {
  readonly offset: number
  readonly sizeBytes: number
}

interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

function readHandle(bytes: Uint8Array, at: number): { handle: Handle; next: number } {
  const offset = readVarint(bytes, at)
  const size = readVarint(bytes, offset.next)
  return { handle: { offset: offset.value, sizeBytes: size.value }, next: size.next }
}

/** The entries of the block at `handle`, in order; each key shares a prefix with the one before. */
function readBlock(file: Uint8Array, handle: Handle): readonly Entry[] {
  const block = unpackBlock(file, handle)
  if (block.length < 4) throw corrupt()
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const end = block.length - 4 - 4 * view.getUint32(block.length - 4, true)
  if (end < 0) throw corrupt()
  const entries: Entry[] = []
  let key: Uint8Array = new Uint8Array()
  for (let at = 0; at < end; ) {
    const shared = readVarint(block, at)
    const rest = readVarint(block, shared.next)
    const size = readVarint(block, rest.next)
    const valueAt = size.next + rest.value
    at = valueAt + size.value
    if (shared.value > key.length || at > end) throw corrupt()
    key = Buffer.concat([key.subarray(0, shared.value), block.subarray(size.next, valueAt)])
    if (key.length > KEY_BYTES_MAX) throw corrupt()
    entries.push({ key, value: block.subarray(valueAt, at) })
  }
  return entries
}

/** Keys are paths of names; each is held as a whole though a block stores only how they differ. */
const KEY_BYTES_MAX = 4096

function unpackBlock(file: Uint8Array, { offset, sizeBytes }: Handle): Uint8Array {
  const end = offset + sizeBytes
  if (end + TRAILER_BYTES > file.length) throw corrupt()
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (view.getUint32(end + 1, true) !== maskedCrc32c(file.subarray(offset, end + 1))) {
    throw refuse('variables.index is corrupt: a checksum is wrong')
  }
  const packed = file.subarray(offset, end)
  const kind = file[end]
  if (kind === 0) return packed
  if (kind === 1) return unpackSnappy(packed, CONFIG_BYTES_MAX)
  throw refuse(`variables.index is packed by method ${kind} (only none and Snappy)`)
}

function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0
  for (let index = 0; index < 8; index++) {
    const byte = bytes[start + index]
    if (byte === undefined) throw corrupt()
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: start + index + 1 }
  }
  throw corrupt()
}

function corrupt(): Error {
  return refuse('variables.index is truncated or corrupt')
}
