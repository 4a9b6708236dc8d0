import { refuse } from '../refuse.ts'
import { type Hdf5Bytes, UNDEFINED } from './bytes.ts'
import type { ChunkArray } from './chunk-grid.ts'

/** The sizes that the header of an extensible array sets. */
interface Sizes {
  readonly entryBytes: number
  /** Entries in the index block itself. */
  readonly indexEntries: number
  /** Entries in the smallest data block. */
  readonly blockEntries: number
  /** Super blocks whose data blocks the index block points to. */
  readonly directSupers: number
  readonly pageEntries: number
  /** Bytes that number an entry. */
  readonly offsetBytes: number
  readonly index: number
}

/**
 * The extensible array whose header is at `address` (HDF5 file format 3.0, VII.D): some entries in its
 * index block, then data blocks that double in size, grouped in super blocks that double in number.
 */
export function extensibleArray(bytes: Hdf5Bytes, address: number): ChunkArray {
  const sizes = readSizes(bytes, address)
  const { entryBytes, indexEntries, index } = sizes
  if (index === UNDEFINED) return { entryBytes, find: () => undefined }
  bytes.expect(index, 'EAIB')
  const find = (wanted: number): number | undefined => {
    const first = index + PREFIX_BYTES
    if (wanted < indexEntries) return first + entryBytes * wanted
    const place = placeOf(wanted - indexEntries, sizes)
    const pointers = first + entryBytes * indexEntries
    if (place.superIndex >= sizes.directSupers)
      return inSuperBlock(bytes, pointers, { ...place, sizes })
    const before = blocksBefore(place.superIndex)
    const block = bytes.u64(pointers + 8 * (before + place.block))
    return block === UNDEFINED ? undefined : inBlock(bytes, block, { ...place, sizes })
  }
  return { entryBytes, find }
}

/** Signature, version, kind of client, and the address of the header. */
const PREFIX_BYTES = 14
const CHECKSUM_BYTES = 4

function readSizes(bytes: Hdf5Bytes, address: number): Sizes {
  bytes.expect(address, 'EAHD')
  const blockEntries = bytes.u8(address + 9)
  const pointersMin = bytes.u8(address + 10)
  if (!isPowerOf2(blockEntries) || !isPowerOf2(pointersMin))
    throw refuse('HDF5 chunk index is corrupt')
  return {
    entryBytes: bytes.u8(address + 6),
    indexEntries: bytes.u8(address + 8),
    blockEntries,
    directSupers: 2 * Math.log2(pointersMin),
    pageEntries: 2 ** bytes.u8(address + 11),
    offsetBytes: Math.ceil(bytes.u8(address + 7) / 8),
    index: bytes.u64(address + 60),
  }
}

function isPowerOf2(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0
}

/** In which super block an entry is, in which data block of it, and which entry of that. */
interface Place {
  readonly superIndex: number
  readonly block: number
  readonly entry: number
  /** Entries in each data block of this super block. */
  readonly entries: number
}

/** Super block u has 2^(u/2) data blocks of 2^((u+1)/2) times the smallest size, both rounded down. */
function placeOf(offset: number, { blockEntries }: Sizes): Place {
  let superIndex = 0
  while (offset >= (2 ** (superIndex + 1) - 1) * blockEntries) superIndex += 1
  const entries = 2 ** Math.floor((superIndex + 1) / 2) * blockEntries
  const rest = offset - (2 ** superIndex - 1) * blockEntries
  return { superIndex, block: Math.floor(rest / entries), entry: rest % entries, entries }
}

function blocksBefore(superIndex: number): number {
  let blocks = 0
  for (let index = 0; index < superIndex; index++) blocks += 2 ** Math.floor(index / 2)
  return blocks
}

interface SizedPlace extends Place {
  readonly sizes: Sizes
}

function inSuperBlock(bytes: Hdf5Bytes, pointers: number, place: SizedPlace): number | undefined {
  const { sizes, superIndex, block, entry, entries } = place
  const toSupers = pointers + 8 * blocksBefore(sizes.directSupers)
  const superBlock = bytes.u64(toSupers + 8 * (superIndex - sizes.directSupers))
  if (superBlock === UNDEFINED) return undefined
  bytes.expect(superBlock, 'EASB')
  const bitmap = superBlock + PREFIX_BYTES + sizes.offsetBytes
  const pages = entries > sizes.pageEntries ? entries / sizes.pageEntries : 0
  const blocks = 2 ** Math.floor(superIndex / 2)
  const address = bytes.u64(bitmap + blocks * Math.ceil(pages / 8) + 8 * block)
  if (address === UNDEFINED) return undefined
  if (pages > 0) {
    const page = block * pages + Math.floor(entry / sizes.pageEntries)
    const isWritten = bytes.u8(bitmap + Math.floor(page / 8)) & (0x80 >> (page % 8))
    if (!isWritten) return undefined
  }
  return inBlock(bytes, address, place)
}

/** Large data blocks are cut into pages, each with a checksum. */
function inBlock(bytes: Hdf5Bytes, block: number, { sizes, entry, entries }: SizedPlace): number {
  bytes.expect(block, 'EADB')
  const first = block + PREFIX_BYTES + sizes.offsetBytes
  if (entries <= sizes.pageEntries) return first + sizes.entryBytes * entry
  const page = Math.floor(entry / sizes.pageEntries)
  const pageBytes = sizes.pageEntries * sizes.entryBytes + CHECKSUM_BYTES
  return first + CHECKSUM_BYTES + page * pageBytes + sizes.entryBytes * (entry % sizes.pageEntries)
}
