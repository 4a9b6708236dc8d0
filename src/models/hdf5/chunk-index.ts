import { refuse } from '../refuse.ts'
import { leavesOf } from './btree-1.ts'
import { recordsOf } from './btree-2.ts'
import type { Hdf5Bytes } from './bytes.ts'
import { type ChunkArray, type ChunkGrid, positionsOf, type StoredChunk } from './chunk-grid.ts'
import { extensibleArray } from './extensible-array.ts'
import { fixedArray } from './fixed-array.ts'
import type { ChunkedLayout } from './layout.ts'

/** What is needed to read an index. */
export interface IndexRequest {
  readonly layout: ChunkedLayout
  readonly grid: ChunkGrid
  readonly isFiltered: boolean
}

/** The chunks that the index of a dataset lists (HDF5 file format 3.0, VII). */
export function findChunks(bytes: Hdf5Bytes, request: IndexRequest): Iterable<StoredChunk> {
  const { index } = request.layout
  switch (index.kind) {
    case 'tree-1':
      return inTree1(bytes, request)
    case 'tree-2':
      return inTree2(bytes, request)
    case 'fixed-array':
      return inArray(bytes, request, fixedArray(bytes, index.at))
    case 'extensible-array':
      return inArray(bytes, request, extensibleArray(bytes, index.at))
    case 'implicit':
      return inOrder(request)
    case 'single':
      return single(request)
  }
}

function* inTree1(bytes: Hdf5Bytes, { layout }: IndexRequest): Generator<StoredChunk> {
  const { chunkShape, index } = layout
  const keyBytes = 8 + 8 * (chunkShape.length + 1)
  for (const { key, child } of leavesOf(bytes, index.at, { type: 1, keyBytes })) {
    yield {
      position: chunkShape.map((size, axis) => bytes.u64(key + 8 + 8 * axis) / size),
      at: child,
      sizeBytes: bytes.u32(key),
      filterMask: bytes.u32(key + 4),
    }
  }
}

/** Records of type 10 for plain chunks, of type 11 for filtered ones. */
function* inTree2(bytes: Hdf5Bytes, request: IndexRequest): Generator<StoredChunk> {
  const { layout, isFiltered } = request
  const rank = layout.chunkShape.length
  for (const record of recordsOf(bytes, layout.index.at, [isFiltered ? 11 : 10])) {
    const entryBytes = record.sizeBytes - 8 * rank
    const positions = record.at + entryBytes
    const position = layout.chunkShape.map((_, axis) => bytes.u64(positions + 8 * axis))
    yield { position, ...entryAt(bytes, record.at, { entryBytes, isFiltered }) }
  }
}

function* inArray(
  bytes: Hdf5Bytes,
  { grid, isFiltered }: IndexRequest,
  array: ChunkArray,
): Generator<StoredChunk> {
  for (const position of positionsOf(grid)) {
    const at = array.find(grid.indexOf(position))
    if (at === undefined) continue
    const { entryBytes } = array
    yield { position, ...entryAt(bytes, at, { entryBytes, isFiltered }) }
  }
}

/** An address and, of filtered chunks, a size of as many bytes as are left, and a mask. */
function entryAt(
  bytes: Hdf5Bytes,
  at: number,
  { entryBytes, isFiltered }: { readonly entryBytes: number; readonly isFiltered: boolean },
): Omit<StoredChunk, 'position'> {
  const width = isFiltered ? entryBytes - 12 : 0
  if (isFiltered ? width < 1 || width > 8 : entryBytes !== 8)
    throw refuse('HDF5 chunk index is corrupt')
  if (!isFiltered) return { at: bytes.u64(at), filterMask: 0 }
  return {
    at: bytes.u64(at),
    sizeBytes: bytes.unsigned(at + 8, width),
    filterMask: bytes.u32(at + 8 + width),
  }
}

/** All chunks one after the other, without an index. */
function* inOrder({ layout, grid }: IndexRequest): Generator<StoredChunk> {
  const chunkBytes = layout.chunkShape.reduce((size, count) => size * count, layout.elementBytes)
  for (const position of positionsOf(grid)) {
    yield { position, at: layout.index.at + grid.indexOf(position) * chunkBytes, filterMask: 0 }
  }
}

function* single({ layout, grid }: IndexRequest): Generator<StoredChunk> {
  const { at, single: filtered } = layout.index
  yield { position: grid.counts.map(() => 0), at, filterMask: 0, ...filtered }
}
