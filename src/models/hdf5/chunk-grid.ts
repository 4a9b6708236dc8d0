import { refuse } from '../refuse.ts'
import { UNDEFINED } from './bytes.ts'
import type { Dataspace } from './datatype.ts'

/** How the chunks of a dataset are counted. */
export interface ChunkGrid {
  /** How many chunks there are along each axis. */
  readonly counts: readonly number[]
  readonly chunkCount: number
  /** The number of the chunk at `position` in an index that leaves room for what the dataset may grow to. */
  indexOf(position: readonly number[]): number
}

/** A chunk as an index of the file describes it. */
export interface StoredChunk {
  /** In chunks, along each axis. */
  readonly position: readonly number[]
  readonly at: number
  /** What it takes in the file; undefined where that is the size of every chunk. */
  readonly sizeBytes?: number
  /** A bit for each filter that it did not go through. */
  readonly filterMask: number
}

/** An index that is an array, by the numbers of chunks. */
export interface ChunkArray {
  readonly entryBytes: number
  /** Where the entry of a chunk is; undefined for one that was never written. */
  find(index: number): number | undefined
}

/** The grid of chunks of `chunkShape` that covers `space`. */
export function chunkGrid(space: Dataspace, chunkShape: readonly number[]): ChunkGrid {
  if (chunkShape.length !== space.shape.length) throw refuse('HDF5 chunk sizes are corrupt')
  const inChunks = (size: number, axis: number) => Math.ceil(size / (chunkShape[axis] ?? 1))
  const counts = space.shape.map(inChunks)
  const countsMax = space.shapeMax.map(inChunks)
  // An axis without end comes first, so that growing along it moves no chunk.
  const endless = space.shapeMax.indexOf(UNDEFINED)
  const order = countsMax.map((_, axis) => axis)
  if (endless > 0) order.unshift(...order.splice(endless, 1))
  return {
    counts,
    chunkCount: counts.reduce((product, count) => product * count, 1),
    indexOf: (position) => {
      const index = order.reduce(
        (before, axis) => before * (countsMax[axis] ?? 0) + (position[axis] ?? 0),
        0,
      )
      if (!Number.isSafeInteger(index)) throw refuse('HDF5 chunk index is corrupt')
      return index
    },
  }
}

/** Every position of a grid, row by row. */
export function* positionsOf({ counts, chunkCount }: ChunkGrid): Generator<readonly number[]> {
  for (let index = 0; index < chunkCount; index++) {
    let rest = index
    const position = counts.map(() => 0)
    for (let axis = counts.length - 1; axis >= 0; axis--) {
      const count = counts[axis] ?? 1
      position[axis] = rest % count
      rest = Math.floor(rest / count)
    }
    yield position
  }
}
