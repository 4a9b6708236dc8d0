import { refuse } from '../refuse.ts'
import { type Hdf5Bytes, UNDEFINED } from './bytes.ts'
import { type ChunkGrid, chunkGrid, type StoredChunk } from './chunk-grid.ts'
import { findChunks } from './chunk-index.ts'
import type { Dataspace } from './datatype.ts'
import { type Filter, unfilter } from './filters.ts'
import type { ChunkedLayout } from './layout.ts'

/** A dataset that is stored in chunks. */
export interface ChunkedDataset {
  readonly layout: ChunkedLayout
  readonly space: Dataspace
  readonly elementBytes: number
  readonly filters: readonly Filter[]
}

/**
 * The content of a dataset that is stored in chunks; a view of the file where one plain chunk is all.
 * Throws ERR_MODEL where a chunk was never written: no weights are made up.
 */
export function readChunks(bytes: Hdf5Bytes, dataset: ChunkedDataset): Uint8Array {
  const { layout, space, elementBytes } = dataset
  if (layout.elementBytes !== elementBytes) throw refuse('HDF5 chunk sizes are corrupt')
  const grid = chunkGrid(space, layout.chunkShape)
  if (grid.chunkCount === 0) return new Uint8Array()
  const chunkBytes = product(layout.chunkShape) * elementBytes
  bytes.claim(grid.chunkCount * chunkBytes)
  const found = checkedChunks(bytes, dataset, grid)
  const [only] = found
  if (only && found.length === 1 && same(space.shape, layout.chunkShape))
    return contentOf(bytes, only, { ...dataset, grid, chunkBytes })
  const content = new Uint8Array(product(space.shape) * elementBytes)
  for (const chunk of found) {
    const box = boxOf(dataset, chunk.position)
    place(content, contentOf(bytes, chunk, { ...dataset, grid, chunkBytes }), box)
  }
  return content
}

/** One chunk for each position of the grid; ERR_MODEL where there are fewer, or others. */
function checkedChunks(
  bytes: Hdf5Bytes,
  { layout, filters }: ChunkedDataset,
  grid: ChunkGrid,
): readonly StoredChunk[] {
  const found: StoredChunk[] = []
  const seen = new Set<number>()
  const request = { layout, grid, isFiltered: filters.length > 0 }
  const chunks = layout.index.at === UNDEFINED ? [] : findChunks(bytes, request)
  for (const chunk of chunks) {
    bytes.step()
    if (chunk.at === UNDEFINED) continue
    const isInside = grid.counts.every((count, axis) => isIndex(chunk.position[axis], count))
    const index = numberOf(chunk.position, grid)
    if (!isInside || seen.has(index)) throw refuse('HDF5 chunk index is corrupt')
    seen.add(index)
    found.push(chunk)
  }
  if (found.length < grid.chunkCount) {
    throw refuse(`HDF5 dataset declares ${grid.chunkCount} chunks but stores ${found.length}`)
  }
  return found
}

/** Counts chunks row by row, without room for growth: trees list growing datasets too. */
function numberOf(position: readonly number[], { counts }: ChunkGrid): number {
  return position.reduce((number, index, axis) => number * (counts[axis] ?? 0) + index, 0)
}

function isIndex(value: number | undefined, count: number): boolean {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value < count
}

interface Unpacking extends ChunkedDataset {
  readonly grid: ChunkGrid
  readonly chunkBytes: number
}

function contentOf(bytes: Hdf5Bytes, chunk: StoredChunk, dataset: Unpacking): Uint8Array {
  const { layout, filters, space, chunkBytes } = dataset
  const sizeBytes = chunk.sizeBytes ?? chunkBytes
  const packed = bytes.slice(chunk.at, sizeBytes)
  const isPlain = layout.leavesEdges && isAtEdge(space.shape, layout.chunkShape, chunk.position)
  if (filters.length > 0) bytes.claim(sizeBytes)
  const content = isPlain
    ? packed
    : unfilter(packed, filters, { mask: chunk.filterMask, sizeBytes: chunkBytes })
  if (content.length !== chunkBytes) {
    throw refuse(`HDF5 chunk unpacks to ${content.length} bytes (expected ${chunkBytes})`)
  }
  return content
}

function isAtEdge(
  shape: readonly number[],
  chunkShape: readonly number[],
  position: readonly number[],
): boolean {
  return chunkShape.some((size, axis) => ((position[axis] ?? 0) + 1) * size > (shape[axis] ?? 0))
}

/** What of a chunk belongs to the dataset, and where; strides are in bytes. */
interface Box {
  readonly extent: readonly number[]
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** From this axis on, rows follow one another in the chunk as in the dataset. */
  readonly wholeAxis: number
  readonly start: number
}

function boxOf({ layout, space, elementBytes }: ChunkedDataset, position: readonly number[]): Box {
  const { chunkShape } = layout
  const { shape } = space
  const to = strides(shape, elementBytes)
  const first = chunkShape.map((size, axis) => size * (position[axis] ?? 0))
  let wholeAxis = chunkShape.length - 1
  while (wholeAxis > 0 && chunkShape[wholeAxis] === shape[wholeAxis]) wholeAxis -= 1
  return {
    extent: chunkShape.map((size, axis) => Math.min(size, (shape[axis] ?? 0) - (first[axis] ?? 0))),
    from: strides(chunkShape, elementBytes),
    to,
    wholeAxis,
    start: first.reduce((sum, index, axis) => sum + index * (to[axis] ?? 0), 0),
  }
}

/** Copies a chunk to its place, row by row, without a number being looked at. */
function place(content: Uint8Array, chunk: Uint8Array, box: Box): void {
  const copy = (axis: number, source: number, target: number): void => {
    const count = box.extent[axis] ?? 0
    const stride = box.from[axis] ?? 0
    if (axis === box.wholeAxis) {
      content.set(chunk.subarray(source, source + count * stride), target)
      return
    }
    for (let index = 0; index < count; index++)
      copy(axis + 1, source + index * stride, target + index * (box.to[axis] ?? 0))
  }
  copy(0, 0, box.start)
}

function strides(shape: readonly number[], elementBytes: number): readonly number[] {
  return shape.map((_, axis) => product(shape.slice(axis + 1)) * elementBytes)
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1)
}

function same(left: readonly number[], right: readonly number[]): boolean {
  return left.every((size, axis) => size === right[axis])
}
