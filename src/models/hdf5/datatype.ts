import type { Datatype } from '../../core/tensor.ts'
import { RANK_MAX } from '../limits.ts'
import { quote, refuse } from '../refuse.ts'
import type { Hdf5Bytes } from './bytes.ts'

/** How numbers are stored. */
export interface NumberType {
  readonly kind: 'number'
  readonly datatype: Datatype
  readonly sizeBytes: number
  readonly isBigEndian: boolean
}

/** How the elements of a dataset or attribute are stored. */
export type StoredType =
  | NumberType
  | { readonly kind: 'fixed-text'; readonly sizeBytes: number }
  | { readonly kind: 'variable-text'; readonly sizeBytes: number }

/** The type that the datatype message at `at` describes (HDF5 file format 3.0, IV.A.2.d). */
export function readDatatype(bytes: Hdf5Bytes, at: number): StoredType {
  const kind = bytes.u8(at) & 0x0f
  const sizeBytes = bytes.u32(at + 4)
  if (kind === TEXT) return { kind: 'fixed-text', sizeBytes }
  if (kind === VARIABLE && (bytes.u8(at + 1) & 0x0f) === 1)
    return { kind: 'variable-text', sizeBytes: 16 }
  // What `bool` is in Python: an enumeration of FALSE and TRUE, stored as the integers it is based on.
  return readNumber(bytes, kind === ENUMERATION ? at + 8 : at)
}

/** Classes of datatypes. */
const INTEGER = 0
const FLOAT = 1
const TEXT = 3
const ENUMERATION = 8
const VARIABLE = 9

function readNumber(bytes: Hdf5Bytes, at: number): NumberType {
  const kind = bytes.u8(at) & 0x0f
  const bits = bytes.u8(at + 1)
  const sizeBytes = bytes.u32(at + 4)
  if (kind !== INTEGER && kind !== FLOAT) throw unsupported(kind, sizeBytes)
  // Of floats, where sign, exponent and mantissa are; of integers, that all bits are used.
  const pattern =
    kind === FLOAT
      ? [bits & 0x70, bytes.u8(at + 2), ...bytes.slice(at + 8, 12)].join(' ')
      : `${(bits & 0x08) === 0 ? 'unsigned' : 'signed'} ${bytes.u16(at + 8)} ${bytes.u16(at + 10)}`
  const datatype = NUMBERS.get(`${sizeBytes}: ${pattern}`)
  if (datatype === undefined) throw unsupported(kind, sizeBytes)
  return { kind: 'number', datatype, sizeBytes, isBigEndian: (bits & 0x01) !== 0 }
}

function unsupported(kind: number, sizeBytes: number): Error {
  return refuse(
    `HDF5 datatype of class ${kind} and ${sizeBytes} bytes is not supported (expected integers, or floats of IEEE 754)`,
  )
}

/** The patterns of the numbers that tensors hold; bfloat16 is of two bytes too, but no FP16. */
const NUMBERS: ReadonlyMap<string, Datatype> = new Map([
  ['1: unsigned 0 8', 'UINT8'],
  ['2: unsigned 0 16', 'UINT16'],
  ['4: unsigned 0 32', 'UINT32'],
  ['8: unsigned 0 64', 'UINT64'],
  ['1: signed 0 8', 'INT8'],
  ['2: signed 0 16', 'INT16'],
  ['4: signed 0 32', 'INT32'],
  ['8: signed 0 64', 'INT64'],
  ['2: 32 15 0 0 16 0 10 5 0 10 15 0 0 0', 'FP16'],
  ['4: 32 31 0 0 32 0 23 8 0 23 127 0 0 0', 'FP32'],
  ['8: 32 63 0 0 64 0 52 11 0 52 255 3 0 0', 'FP64'],
])

/** How far data reaches along each axis. */
export interface Dataspace {
  /** [] for a scalar. */
  readonly shape: readonly number[]
  /** What each axis may grow to; -1 for any size. */
  readonly shapeMax: readonly number[]
}

/** The shape that the dataspace message at `at` describes. */
export function readDataspace(bytes: Hdf5Bytes, at: number): Dataspace {
  const version = bytes.u8(at)
  const rank = bytes.u8(at + 1)
  if (version !== 1 && version !== 2) throw refuse('HDF5 dataspace is of an unknown version')
  if (rank > RANK_MAX) throw refuse(`HDF5 data has ${rank} axes (at most ${RANK_MAX})`)
  const sizes = at + (version === 1 ? 8 : 4)
  if (version === 2 && bytes.u8(at + 3) === 2) return { shape: [0], shapeMax: [0] }
  const read = (start: number) =>
    Array.from({ length: rank }, (_, axis) => bytes.u64(start + 8 * axis))
  const shape = read(sizes)
  if (shape.some((size) => size < 0)) throw refuse('HDF5 dataspace is corrupt')
  const hasMax = (bytes.u8(at + 2) & 1) !== 0
  return { shape, shapeMax: hasMax ? read(sizes + 8 * rank) : shape }
}

/** The bytes that `shape` takes; ERR_MODEL where no file could hold them. */
export function declaredBytes(shape: readonly number[], type: StoredType): number {
  const sizeBytes = shape.reduce((product, length) => product * length, type.sizeBytes)
  if (!Number.isSafeInteger(sizeBytes)) {
    throw refuse(`HDF5 data of shape ${quote(`[${shape.join(', ')}]`)} is larger than any file`)
  }
  return sizeBytes
}
