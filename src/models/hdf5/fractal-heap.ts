import { refuse } from '../refuse.ts'
import { recordsOf } from './btree-2.ts'
import { byteWidth, type Hdf5Bytes, UNDEFINED } from './bytes.ts'

/** An object in a heap: where it is in the file. */
export interface HeapObject {
  readonly at: number
  readonly sizeBytes: number
}

/** What the header of a heap says. */
interface Heap {
  readonly bytes: Hdf5Bytes
  readonly idBytes: number
  /** Of the largest object that a block may hold, and of an offset in the heap. */
  readonly lengthBytes: number
  readonly offsetBytes: number
  /** The tree of objects that are too large for blocks. */
  readonly hugeTree: number
  /** Blocks side by side in a row; all sizes are powers of two. */
  readonly width: number
  readonly firstBytes: number
  readonly directRows: number
  readonly root: number
  /** 0 where the root is the only block. */
  readonly rootRows: number
}

/**
 * A lookup in the fractal heap at `address` (HDF5 file format 3.0, III.G): the object whose identifier
 * is at a place in the file. Throws ERR_MODEL for a compressed heap, and objects that are not in it.
 */
export function openHeap(bytes: Hdf5Bytes, address: number): (idAt: number) => HeapObject {
  const heap = readHeap(bytes, address)
  return (idAt) => {
    bytes.step()
    const kind = bytes.u8(idAt)
    if (kind >> 6 !== 0) throw corrupt()
    if (kind >> 4 === TINY) return { at: idAt + 1, sizeBytes: (kind & 0x0f) + 1 }
    if (kind >> 4 === HUGE) return hugeObject(heap, idAt)
    if (kind >> 4 !== MANAGED) throw corrupt()
    const offset = bytes.unsigned(idAt + 1, heap.offsetBytes)
    const sizeBytes = bytes.unsigned(idAt + 1 + heap.offsetBytes, heap.lengthBytes)
    return { at: managedAt(heap, offset), sizeBytes }
  }
}

/** Where an object is: in a block, in the file by itself, or in its own identifier. */
const MANAGED = 0
const HUGE = 1
const TINY = 2

function readHeap(bytes: Hdf5Bytes, address: number): Heap {
  bytes.expect(address, 'FRHP')
  if (bytes.u16(address + 7) !== 0) throw refuse('HDF5 heap is compressed, which is not supported')
  const objectBytesMax = bytes.u32(address + 10)
  const width = bytes.u16(address + 110)
  const firstBytes = bytes.u64(address + 112)
  const directBytes = bytes.u64(address + 120)
  if (![width, firstBytes, directBytes].every(isPowerOf2) || directBytes < firstBytes)
    throw corrupt()
  const offsetBytes = Math.ceil(bytes.u16(address + 128) / 8)
  const idBytes = bytes.u16(address + 5)
  if (offsetBytes < 1 || offsetBytes > 8 || idBytes < 2) throw corrupt()
  const directRows = Math.log2(directBytes) - Math.log2(firstBytes) + 2
  return {
    bytes,
    idBytes,
    offsetBytes,
    lengthBytes: Math.min(Math.ceil(Math.log2(directBytes) / 8), byteWidth(objectBytesMax)),
    hugeTree: bytes.u64(address + 22),
    width,
    firstBytes,
    directRows,
    root: bytes.u64(address + 132),
    rootRows: bytes.u16(address + 140),
  }
}

function isPowerOf2(value: number): boolean {
  return value >= 1 && Number.isInteger(Math.log2(value))
}

/** Follows rows of blocks that double in size: direct blocks first, then blocks of blocks. */
function managedAt(heap: Heap, offset: number): number {
  const { bytes, width, firstBytes } = heap
  let block = heap.root
  let rows = heap.rootRows
  let rest = offset
  while (rows > 0) {
    bytes.step()
    bytes.expect(block, 'FHIB')
    let row = 0
    while (row < rows && rest >= width * firstBytes * 2 ** row) row += 1
    if (row >= rows) throw corrupt()
    rest -= row === 0 ? 0 : width * firstBytes * 2 ** (row - 1)
    const rowBytes = firstBytes * 2 ** Math.max(0, row - 1)
    const column = Math.floor(rest / rowBytes)
    const pointers = block + 13 + heap.offsetBytes
    block = bytes.u64(pointers + 8 * (row * width + column))
    rest -= column * rowBytes
    rows = row < heap.directRows ? 0 : row - Math.log2(width)
    if (row >= heap.directRows && rows <= 0) throw corrupt()
  }
  if (block === UNDEFINED) throw corrupt()
  bytes.expect(block, 'FHDB')
  return block + rest
}

/** Huge objects are listed in a tree by number; type 1 are those that are not filtered. */
function hugeObject({ bytes, idBytes, hugeTree }: Heap, idAt: number): HeapObject {
  // Where identifiers have room for it, they are the address and length themselves.
  if (idBytes >= 17) return { at: bytes.u64(idAt + 1), sizeBytes: bytes.u64(idAt + 9) }
  const wanted = bytes.unsigned(idAt + 1, Math.min(8, idBytes - 1))
  if (hugeTree === UNDEFINED) throw corrupt()
  for (const { at } of recordsOf(bytes, hugeTree, [1])) {
    if (bytes.u64(at + 16) === wanted) return { at: bytes.u64(at), sizeBytes: bytes.u64(at + 8) }
  }
  throw corrupt()
}

function corrupt(): Error {
  return refuse('HDF5 heap is corrupt')
}
