import { inflateSync } from 'node:zlib'
import { HDF5_FILTERS_MAX } from '../limits.ts'
import { refuse } from '../refuse.ts'
import type { Hdf5Bytes } from './bytes.ts'
import { fletcher32 } from './fletcher32.ts'
import { unpackLzf } from './lzf.ts'

/** A filter that chunks went through when they were written. */
export interface Filter {
  readonly id: number
  readonly settings: readonly number[]
}

/** The filters of the message at `at`, in the order of writing (HDF5 file format 3.0, IV.A.2.l). */
export function readFilters(bytes: Hdf5Bytes, at: number): readonly Filter[] {
  const version = bytes.u8(at)
  const count = bytes.u8(at + 1)
  if (version !== 1 && version !== 2) throw refuse('HDF5 filters are of an unknown version')
  if (count > HDF5_FILTERS_MAX)
    throw refuse(`HDF5 dataset has ${count} filters (at most ${HDF5_FILTERS_MAX})`)
  let next = at + (version === 1 ? 8 : 2)
  return Array.from({ length: count }, () => {
    const id = bytes.u16(next)
    const hasName = version === 1 || id >= FIRST_NAMED
    const nameBytes = hasName ? bytes.u16(next + 2) : 0
    const settingCount = bytes.u16(next + (hasName ? 6 : 4))
    const padded = version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes
    const first = next + (hasName ? 8 : 6) + padded
    bytes.step(settingCount)
    const settings = Array.from({ length: settingCount }, (_, index) =>
      bytes.u32(first + 4 * index),
    )
    // Version 1 keeps to multiples of eight bytes.
    next = first + 4 * (settingCount + (version === 1 ? settingCount % 2 : 0))
    return { id, settings }
  })
}

/** In version 2, only filters beyond the library's own have names. */
const FIRST_NAMED = 256

/** What a chunk is expected to be. */
interface Expected {
  /** A bit for each filter that the chunk did not go through. */
  readonly mask: number
  /** Of the chunk once unpacked. */
  readonly sizeBytes: number
}

/** The content of a chunk before it was filtered; ERR_MODEL where it is larger than `sizeBytes`. */
export function unfilter(
  packed: Uint8Array,
  filters: readonly Filter[],
  { mask, sizeBytes }: Expected,
): Uint8Array {
  // Before the last filter is undone, checksums may be among the content.
  const bytesMax = sizeBytes + CHECKSUM_BYTES * filters.length
  let content = packed
  for (const [index, { id, settings }] of [...filters.entries()].reverse()) {
    if (mask & (1 << index)) continue
    const undo = UNDO.get(id)
    if (!undo) throw refuse(`HDF5 dataset is packed by ${nameOf(id)} (only ${ALLOWED})`)
    content = undo(content, bytesMax, settings)
  }
  return content
}

const CHECKSUM_BYTES = 4

type Undo = (content: Uint8Array, bytesMax: number, settings: readonly number[]) => Uint8Array

/** Numbers of filters, as registered with The HDF Group. */
const UNDO: ReadonlyMap<number, Undo> = new Map([
  [1, inflate],
  [2, unshuffle],
  [3, checked],
  [32_000, unpackLzf],
])
const ALLOWED = 'gzip, shuffle, fletcher32 and LZF'

/** Filters that are known but not undone, for messages. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [4, 'szip'],
  [5, 'nbit'],
  [6, 'scale-offset'],
  [307, 'bzip2'],
  [32_001, 'Blosc'],
  [32_004, 'LZ4'],
  [32_008, 'bitshuffle'],
  [32_013, 'ZFP'],
  [32_015, 'Zstandard'],
  [32_026, 'Blosc2'],
])

function nameOf(id: number): string {
  return NAMES.get(id) ?? `filter ${id}`
}

function inflate(content: Uint8Array, bytesMax: number): Uint8Array {
  try {
    return inflateSync(content, { maxOutputLength: bytesMax })
  } catch {
    throw refuse('HDF5 chunk is corrupt: it does not unpack to its size')
  }
}

/** The first bytes of all elements came first, then their second bytes, and so on. */
function unshuffle(
  content: Uint8Array,
  _bytesMax: number,
  settings: readonly number[],
): Uint8Array {
  const [elementBytes = 0] = settings
  if (elementBytes < 1) throw refuse('HDF5 shuffle filter is corrupt')
  const count = Math.floor(content.length / elementBytes)
  // What is less than an element at the end is left as it is.
  const plain = new Uint8Array(content)
  for (let byte = 0; byte < elementBytes && count > 0; byte++) {
    const start = byte * count
    for (let index = 0, to = byte; index < count; index++, to += elementBytes) {
      plain[to] = content[start + index] ?? 0
    }
  }
  return plain
}

function checked(content: Uint8Array): Uint8Array {
  const plain = content.subarray(0, Math.max(0, content.length - CHECKSUM_BYTES))
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  if (content.length < CHECKSUM_BYTES || view.getUint32(plain.length, true) !== fletcher32(plain))
    throw refuse('HDF5 chunk is corrupt: its checksum is wrong')
  return plain
}
