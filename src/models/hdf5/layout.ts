import { refuse } from '../refuse.ts'
import { type Hdf5Bytes, UNDEFINED } from './bytes.ts'

/** How the content of a dataset lies in the file. */
export type Layout =
  | { readonly kind: 'whole'; readonly at: number; readonly sizeBytes: number }
  | ChunkedLayout

/** A dataset in pieces of one size, found by an index. */
export interface ChunkedLayout {
  readonly kind: 'chunked'
  /** Of one chunk, along each axis. */
  readonly chunkShape: readonly number[]
  readonly elementBytes: number
  readonly index: ChunkIndex
  /** Whether filters leave out the chunks that reach beyond the dataset. */
  readonly leavesEdges: boolean
}

/** The kinds of indexes; `at` is `UNDEFINED` where nothing was ever written. */
export interface ChunkIndex {
  readonly kind: IndexKind
  readonly at: number
  /** Of the only chunk, where it went through filters. */
  readonly single?: { readonly sizeBytes: number; readonly filterMask: number }
}

type IndexKind = 'tree-1' | 'single' | 'implicit' | 'fixed-array' | 'extensible-array' | 'tree-2'

/** Layout classes (HDF5 file format 3.0, IV.A.2.i). */
const COMPACT = 0
const CONTIGUOUS = 1
const CHUNKED = 2
const VIRTUAL = 3

/** The layout that the message at `at` describes, of version 1 to 5 (the last is HDF5 2.0's). */
export function readLayout(bytes: Hdf5Bytes, at: number): Layout {
  const version = bytes.u8(at)
  if (version < 1 || version > 5) throw refuse('HDF5 dataset is of an unknown layout version')
  if (version < 3) return readOldLayout(bytes, at)
  const kind = bytes.u8(at + 1)
  if (kind === COMPACT) return whole(at + 4, bytes.u16(at + 2))
  if (kind === CONTIGUOUS) return whole(bytes.u64(at + 2), bytes.u64(at + 10))
  if (kind === VIRTUAL)
    throw refuse('HDF5 dataset is virtual, made of other files, which is not allowed')
  if (kind !== CHUNKED) throw refuse('HDF5 dataset is of an unknown layout')
  return version === 3 ? readTreeLayout(bytes, at) : readIndexedLayout(bytes, at)
}

function whole(at: number, sizeBytes: number): Layout {
  return { kind: 'whole', at, sizeBytes: at === UNDEFINED ? 0 : sizeBytes }
}

/** Versions 1 and 2, of libraries before 1.6.3. */
function readOldLayout(bytes: Hdf5Bytes, at: number): Layout {
  const rank = bytes.u8(at + 1)
  const kind = bytes.u8(at + 2)
  if (kind === COMPACT) {
    const sizeAt = at + 8 + 4 * rank
    return whole(sizeAt + 4, bytes.u32(sizeAt))
  }
  const address = bytes.u64(at + 8)
  // Its size is not stored: it may go on to the end of the file.
  if (kind === CONTIGUOUS) return whole(address, bytes.sizeBytes - address)
  if (kind !== CHUNKED) throw refuse('HDF5 dataset is of an unknown layout')
  const sizes = Array.from({ length: rank }, (_, axis) => bytes.u32(at + 16 + 4 * axis))
  return chunked(sizes, { kind: 'tree-1', at: address })
}

function readTreeLayout(bytes: Hdf5Bytes, at: number): Layout {
  const rank = bytes.u8(at + 2)
  const sizes = Array.from({ length: rank }, (_, axis) => bytes.u32(at + 11 + 4 * axis))
  return chunked(sizes, { kind: 'tree-1', at: bytes.u64(at + 3) })
}

/** Index kinds of version 4 by number, and how many bytes describe each before its address. */
const INDEXES: ReadonlyMap<number, { readonly kind: IndexKind; readonly settingBytes: number }> =
  new Map([
    [1, { kind: 'single', settingBytes: 0 }],
    [2, { kind: 'implicit', settingBytes: 0 }],
    [3, { kind: 'fixed-array', settingBytes: 1 }],
    [4, { kind: 'extensible-array', settingBytes: 5 }],
    [5, { kind: 'tree-2', settingBytes: 6 }],
  ])

function readIndexedLayout(bytes: Hdf5Bytes, at: number): Layout {
  const flags = bytes.u8(at + 2)
  const rank = bytes.u8(at + 3)
  const width = bytes.u8(at + 4)
  if (width < 1 || width > 8) throw refuse('HDF5 chunk sizes are corrupt')
  const sizes = Array.from({ length: rank }, (_, axis) =>
    bytes.unsigned(at + 5 + width * axis, width),
  )
  const settings = at + 5 + width * rank + 1
  const index = INDEXES.get(bytes.u8(settings - 1))
  if (!index) throw refuse('HDF5 chunk index is of an unknown kind')
  const leavesEdges = (flags & 1) !== 0
  if (index.kind !== 'single' || (flags & 2) === 0) {
    const address = bytes.u64(settings + index.settingBytes)
    return chunked(sizes, { kind: index.kind, at: address }, leavesEdges)
  }
  const single = { sizeBytes: bytes.u64(settings), filterMask: bytes.u32(settings + 8) }
  return chunked(sizes, { kind: 'single', at: bytes.u64(settings + 12), single }, leavesEdges)
}

/** The last of `sizes` is the size of an element. */
function chunked(sizes: readonly number[], index: ChunkIndex, leavesEdges = false): Layout {
  const chunkShape = sizes.slice(0, -1)
  const elementBytes = sizes.at(-1) ?? 0
  if (chunkShape.length === 0 || !sizes.every((size) => size > 0))
    throw refuse('HDF5 chunk sizes are corrupt')
  return { kind: 'chunked', chunkShape, elementBytes, index, leavesEdges }
}
