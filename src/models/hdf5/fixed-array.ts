import { refuse } from '../refuse.ts'
import { type Hdf5Bytes, UNDEFINED } from './bytes.ts'
import type { ChunkArray } from './chunk-grid.ts'

/** The fixed array whose header is at `address` (HDF5 file format 3.0, VII.C). */
export function fixedArray(bytes: Hdf5Bytes, address: number): ChunkArray {
  bytes.expect(address, 'FAHD')
  const entryBytes = bytes.u8(address + 6)
  const pageBits = bytes.u8(address + 7)
  const count = bytes.u64(address + 8)
  const block = bytes.u64(address + 16)
  if (block === UNDEFINED) return { entryBytes, find: () => undefined }
  bytes.expect(block, 'FADB')
  const pageEntries = 2 ** pageBits
  const isPaged = count > pageEntries
  const bitmap = block + PREFIX_BYTES
  const pages = bitmap + Math.ceil(Math.ceil(count / pageEntries) / 8) + CHECKSUM_BYTES
  return {
    entryBytes,
    find: (index) => {
      if (index >= count) throw refuse('HDF5 chunk index is corrupt')
      if (!isPaged) return bitmap + entryBytes * index
      const page = Math.floor(index / pageEntries)
      const isWritten = bytes.u8(bitmap + Math.floor(page / 8)) & (0x80 >> (page % 8))
      if (!isWritten) return undefined
      const pageAt = pages + page * (pageEntries * entryBytes + CHECKSUM_BYTES)
      return pageAt + entryBytes * (index % pageEntries)
    },
  }
}

/** Signature, version, kind of client, and the address of the header. */
const PREFIX_BYTES = 14
const CHECKSUM_BYTES = 4
