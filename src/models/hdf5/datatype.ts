import type { Datatype } from '../../core/tensor.ts'
import { RANK_MAX } from '../limits.ts'
import { quote, refuse } from '../refuse.ts'
import type { Hdf5Bytes } from './bytes.ts'

/** How the elements of a dataset or attribute are stored. */
export type StoredType =
  | { readonly kind: 'number'; readonly datatype: Datatype; readonly sizeBytes: number }
  | { readonly kind: 'fixed-text'; readonly sizeBytes: number }
  | { readonly kind: 'variable-text'; readonly sizeBytes: number }

/** The type that the datatype message at `at` describes (HDF5 file format 3.0, IV.A.2.d). */
export function readDatatype(bytes: Hdf5Bytes, at: number): StoredType {
  const kind = bytes.u8(at) & 0x0f
  const bits = bytes.u8(at + 1)
  const sizeBytes = bytes.u32(at + 4)
  if (kind === 3) return { kind: 'fixed-text', sizeBytes }
  if (kind === 9 && (bits & 0x0f) === 1) return { kind: 'variable-text', sizeBytes: 16 }
  const datatype = NUMBERS.get(`${kind}/${sizeBytes}/${kind === 0 && (bits & 0x08) !== 0}`)
  if (datatype === undefined) throw refuse(`HDF5 datatype of class ${kind} is not supported`)
  if (bits & 0x01) throw refuse('HDF5 data is big-endian, which is not supported')
  return { kind: 'number', datatype, sizeBytes }
}

/** Numbers by class (0 integer, 1 float), size in bytes, and whether they are signed integers. */
const NUMBERS: ReadonlyMap<string, Datatype> = new Map([
  ['0/1/false', 'UINT8'],
  ['0/2/false', 'UINT16'],
  ['0/4/false', 'UINT32'],
  ['0/8/false', 'UINT64'],
  ['0/1/true', 'INT8'],
  ['0/2/true', 'INT16'],
  ['0/4/true', 'INT32'],
  ['0/8/true', 'INT64'],
  ['1/2/false', 'FP16'],
  ['1/4/false', 'FP32'],
  ['1/8/false', 'FP64'],
])

/** The shape that the dataspace message at `at` describes; [] for a scalar. */
export function readDataspace(bytes: Hdf5Bytes, at: number): readonly number[] {
  const version = bytes.u8(at)
  const rank = bytes.u8(at + 1)
  if (version !== 1 && version !== 2) throw refuse('HDF5 dataspace is of an unknown version')
  if (rank > RANK_MAX) throw refuse(`HDF5 data has ${rank} axes (at most ${RANK_MAX})`)
  const sizes = at + (version === 1 ? 8 : 4)
  if (version === 2 && bytes.u8(at + 3) === 2) return [0]
  return Array.from({ length: rank }, (_, axis) => bytes.u64(sizes + 8 * axis))
}

/** The bytes that `shape` takes; ERR_MODEL where they are more than the file has. */
export function storedBytes(bytes: Hdf5Bytes, shape: readonly number[], type: StoredType): number {
  const size = shape.reduce((product, length) => product * length, type.sizeBytes)
  if (!(size >= 0 && size <= bytes.sizeBytes)) {
    throw refuse(`HDF5 data of shape ${quote(`[${shape.join(', ')}]`)} is larger than the file`)
  }
  return size
}
