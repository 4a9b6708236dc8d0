import type { Tensor } from '../../core/tensor.ts'
import { quote, refuse } from '../refuse.ts'
import { readTextAttribute } from './attribute.ts'
import { Hdf5Bytes } from './bytes.ts'
import { readDataset } from './dataset.ts'
import { readLinks } from './links.ts'
import { readObjectHeader } from './object-header.ts'

/** A group or dataset of an HDF5 file. */
export interface Hdf5Entry {
  /** The member at `path` (`a/b/c`), or undefined where there is none. */
  get(path: string): Hdf5Entry | undefined
  /** The texts of an attribute: one for a scalar; undefined where there is none. */
  texts(attribute: string): readonly string[] | undefined
  /** The numbers of a dataset; ERR_MODEL for a group. */
  tensor(): Tensor
}

/**
 * The root of the HDF5 file in `bytes`, of superblock versions 0 to 3; nothing is read ahead. What its
 * datasets may unpack to is told by `packedBytes`, the size on disk of what it was taken from.
 */
export function openHdf5(bytes: Uint8Array, packedBytes: number = bytes.byteLength): Hdf5Entry {
  const start = superblockAt(bytes)
  if (start === undefined) throw refuse('file is no HDF5 file')
  // Addresses count from the superblock: what is before it is the user's.
  const inner = new Hdf5Bytes(bytes.subarray(start), packedBytes)
  return entry(inner, rootAddress(inner))
}

/** Where the superblock is: at 0, 512, 1024, 2048 and so on; undefined if this is no HDF5 file. */
export function superblockAt(bytes: Uint8Array): number | undefined {
  for (let at = 0; at + SIGNATURE.length <= bytes.length; at = at === 0 ? 512 : at * 2) {
    if (SIGNATURE.every((byte, index) => bytes[at + index] === byte)) return at
  }
  return undefined
}

/** `\x89HDF\r\n\x1a\n` */
const SIGNATURE: readonly number[] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

function rootAddress(bytes: Hdf5Bytes): number {
  const version = bytes.u8(8)
  if (version > 3) throw refuse(`HDF5 superblock is of version ${version} (at most 3)`)
  const widths = version < 2 ? [bytes.u8(13), bytes.u8(14)] : [bytes.u8(9), bytes.u8(10)]
  if (widths.some((width) => width !== 8)) throw refuse('HDF5 addresses are not of 8 bytes')
  if (version >= 2) return bytes.u64(36)
  const group = version === 0 ? 56 : 60
  return bytes.u64(group + 8)
}

function entry(bytes: Hdf5Bytes, address: number): Hdf5Entry {
  bytes.step()
  const messages = readObjectHeader(bytes, address)
  let links: ReadonlyMap<string, number> | undefined
  return {
    get: (path) => {
      const [name = '', ...rest] = path.split('/').filter((part) => part !== '')
      links ??= readLinks(bytes, messages)
      if (!links) throw refuse(`HDF5 entry that should hold ${quote(name)} is no group`)
      const found = links.get(name)
      if (found === undefined) return undefined
      const member = entry(bytes, found)
      return rest.length === 0 ? member : member.get(rest.join('/'))
    },
    texts: (attribute) => readTextAttribute(bytes, messages, attribute),
    tensor: () => readDataset(bytes, messages),
  }
}
