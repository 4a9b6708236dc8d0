import { refuse } from '../refuse.ts'
import type { Hdf5Bytes } from './bytes.ts'
import { MESSAGE, readObjectHeader } from './object-header.ts'

/**
 * Where the named datatype is described that the shared message at `at` points to. (HDF5 file format
 * 3.0, IV.A.2.) Throws ERR_MODEL for the table of shared messages.
 */
export function committedDatatypeAt(bytes: Hdf5Bytes, at: number): number {
  const version = bytes.u8(at)
  if (version < 1 || version > 3) throw refuse('HDF5 shared message is of an unknown version')
  if (version === 3 && bytes.u8(at + 1) !== COMMITTED) {
    throw refuse('HDF5 header shares its messages, which is not supported')
  }
  const address = bytes.u64(at + (version === 1 ? 8 : 2))
  const message = readObjectHeader(bytes, address).find(({ type }) => type === MESSAGE.datatype)
  if (!message || message.isShared) throw refuse('HDF5 named datatype is corrupt')
  return message.at
}

/** A shared message of version 3 that points to an object, not into the table of shared messages. */
const COMMITTED = 2
