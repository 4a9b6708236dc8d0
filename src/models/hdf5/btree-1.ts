import { HDF5_TREE_DEPTH_MAX } from '../limits.ts'
import { refuse } from '../refuse.ts'
import type { Hdf5Bytes } from './bytes.ts'

/** What kind of tree is expected: 0 for groups, 1 for chunks. */
interface TreeKind {
  readonly type: 0 | 1
  readonly keyBytes: number
}

/** An entry of a leaf: where its key is, and what it points to. */
export interface TreeLeaf {
  readonly key: number
  readonly child: number
}

/**
 * The leaves of a version 1 B-tree (HDF5 file format 3.0, III.A.1). Each node is visited once: a tree
 * that points at itself is refused.
 */
export function* leavesOf(bytes: Hdf5Bytes, root: number, kind: TreeKind): Generator<TreeLeaf> {
  const waiting = [root]
  const seen = new Set<number>()
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    bytes.step()
    if (seen.has(node)) throw refuse('HDF5 B-tree points at itself')
    seen.add(node)
    bytes.expect(node, 'TREE')
    const level = bytes.u8(node + 5)
    if (bytes.u8(node + 4) !== kind.type || level > HDF5_TREE_DEPTH_MAX)
      throw refuse('HDF5 B-tree is corrupt')
    const count = bytes.u16(node + 6)
    for (let index = 0; index < count; index++) {
      bytes.step()
      const key = node + NODE_BYTES + (kind.keyBytes + 8) * index
      const child = bytes.u64(key + kind.keyBytes)
      if (level === 0) yield { key, child }
      else waiting.push(child)
    }
  }
}

/** Before the first key. */
const NODE_BYTES = 24
