import { HDF5_TREE_DEPTH_MAX } from '../limits.ts'
import { refuse } from '../refuse.ts'
import { byteWidth, type Hdf5Bytes } from './bytes.ts'

/** A record of a tree: where it is. */
export interface TreeRecord {
  readonly at: number
  readonly sizeBytes: number
}

/** A node that is still to be read. */
interface Node {
  readonly at: number
  /** 0 for a leaf. */
  readonly level: number
  readonly count: number
}

/**
 * The records of a version 2 B-tree (HDF5 file format 3.0, III.A.2), in no order. Throws ERR_MODEL
 * where it holds none of `types`.
 */
export function* recordsOf(
  bytes: Hdf5Bytes,
  address: number,
  types: readonly number[],
): Generator<TreeRecord> {
  bytes.expect(address, 'BTHD')
  const nodeBytes = bytes.u32(address + 6)
  const sizeBytes = bytes.u16(address + 10)
  const depth = bytes.u16(address + 12)
  const isKnown = types.includes(bytes.u8(address + 5))
  if (!isKnown || depth > HDF5_TREE_DEPTH_MAX || sizeBytes === 0 || nodeBytes < NODE_BYTES)
    throw refuse('HDF5 B-tree is corrupt')
  const widths = widthsOf({ nodeBytes, sizeBytes, depth })
  const root: Node = { at: bytes.u64(address + 16), level: depth, count: bytes.u16(address + 24) }
  const waiting = root.count === 0 && depth === 0 ? [] : [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    bytes.step()
    bytes.expect(node.at, node.level === 0 ? 'BTLF' : 'BTIN')
    const first = node.at + PREFIX_BYTES
    for (let index = 0; index < node.count; index++) {
      bytes.step()
      yield { at: first + sizeBytes * index, sizeBytes }
    }
    if (node.level > 0)
      waiting.push(...childrenOf(bytes, node, { at: first + sizeBytes * node.count, widths }))
  }
}

/** Signature, version and type; then records; then a checksum. */
const PREFIX_BYTES = 6
const NODE_BYTES = 10

interface Pointers {
  readonly at: number
  readonly widths: PointerWidths
}

function childrenOf(bytes: Hdf5Bytes, node: Node, { at, widths }: Pointers): readonly Node[] {
  const size = 8 + widths.count + (widths.totals[node.level] ?? 0)
  return Array.from({ length: node.count + 1 }, (_, index) => ({
    at: bytes.u64(at + size * index),
    level: node.level - 1,
    count: bytes.unsigned(at + size * index + 8, widths.count),
  }))
}

/** How many bytes a pointer to a child spends on counts, which depends on how many records fit. */
interface PointerWidths {
  /** For the number of records in the child. */
  readonly count: number
  /** By the level of the parent: for the number of records in the child and all below it. */
  readonly totals: readonly number[]
}

interface TreeShape {
  readonly nodeBytes: number
  readonly sizeBytes: number
  readonly depth: number
}

function widthsOf({ nodeBytes, sizeBytes, depth }: TreeShape): PointerWidths {
  let total = Math.floor((nodeBytes - NODE_BYTES) / sizeBytes)
  const count = byteWidth(total)
  // A leaf has no children, and the parent of leaves needs no second count.
  const totals = [0, 0]
  for (let level = 1; level < depth; level++) {
    const pointer = 8 + count + (totals[level] ?? 0)
    const fitting = Math.floor((nodeBytes - NODE_BYTES - pointer) / (sizeBytes + pointer))
    total = (fitting + 1) * total + fitting
    totals.push(byteWidth(total))
  }
  return { count, totals }
}
