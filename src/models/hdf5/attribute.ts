import { quote, refuse } from '../refuse.ts'
import { recordsOf } from './btree-2.ts'
import { type Hdf5Bytes, UNDEFINED } from './bytes.ts'
import { committedDatatypeAt } from './committed-datatype.ts'
import { declaredBytes, readDataspace, readDatatype } from './datatype.ts'
import { openHeap } from './fractal-heap.ts'
import { type HeaderMessage, MESSAGE } from './object-header.ts'

/**
 * The texts of the attribute `name` among an object's messages: one for a scalar; undefined where
 * there is no such attribute. Throws ERR_MODEL where it is no text.
 */
export function readTextAttribute(
  bytes: Hdf5Bytes,
  messages: readonly HeaderMessage[],
  name: string,
): readonly string[] | undefined {
  for (const at of attributesOf(bytes, messages)) {
    const place = locate(bytes, at)
    if (place.name === name) return readTexts(bytes, place)
  }
  return undefined
}

/** Where each attribute of an object is. */
function* attributesOf(bytes: Hdf5Bytes, messages: readonly HeaderMessage[]): Generator<number> {
  for (const message of messages) {
    if (message.type === MESSAGE.attribute) yield message.at
    if (message.type === MESSAGE.attributeInfo) yield* denseAttributes(bytes, message)
  }
}

/** Attributes that are many or large lie in a heap, listed by a tree of their names (type 8). */
function* denseAttributes(bytes: Hdf5Bytes, info: HeaderMessage): Generator<number> {
  const flags = bytes.u8(info.at + 1)
  const addresses = info.at + (flags & 1 ? 4 : 2)
  const heap = bytes.u64(addresses)
  if (heap === UNDEFINED) return
  const find = openHeap(bytes, heap)
  for (const { at } of recordsOf(bytes, bytes.u64(addresses + 8), [8])) {
    if (bytes.u8(at + 8) & 0x02)
      throw refuse('HDF5 header shares its messages, which is not supported')
    yield find(at).at
  }
}

/** Where the parts of an attribute lie. */
interface Place {
  readonly name: string
  readonly datatype: number
  /** Whether at `datatype` is only where to find it. */
  readonly isShared: boolean
  readonly dataspace: number
  readonly content: number
}

/** Attribute messages of version 1 pad each part to eight bytes; 3 adds a character set. */
function locate(bytes: Hdf5Bytes, at: number): Place {
  const version = bytes.u8(at)
  if (version < 1 || version > 3) throw refuse('HDF5 attribute is of an unknown version')
  const shared = version > 1 ? bytes.u8(at + 1) : 0
  if (shared & SHARED_SPACE) throw refuse('HDF5 attribute shares its size, which is not supported')
  const padded = (size: number) => (version === 1 ? Math.ceil(size / 8) * 8 : size)
  const nameBytes = bytes.u16(at + 2)
  const nameAt = at + (version === 3 ? 9 : 8)
  const datatype = nameAt + padded(nameBytes)
  const dataspace = datatype + padded(bytes.u16(at + 4))
  const content = dataspace + padded(bytes.u16(at + 6))
  const isShared = (shared & SHARED_TYPE) !== 0
  return { name: bytes.text(nameAt, nameBytes), datatype, isShared, dataspace, content }
}

/** Flags of an attribute whose type or size is described elsewhere. */
const SHARED_TYPE = 1
const SHARED_SPACE = 2

function readTexts(bytes: Hdf5Bytes, place: Place): readonly string[] {
  const { datatype, isShared } = place
  const type = readDatatype(bytes, isShared ? committedDatatypeAt(bytes, datatype) : datatype)
  const { shape } = readDataspace(bytes, place.dataspace)
  // An empty list of names is written as an empty array of floats.
  if (shape.includes(0)) return []
  if (type.kind === 'number') throw refuse(`HDF5 attribute ${quote(place.name)} is no text`)
  if (type.sizeBytes === 0) throw refuse(`HDF5 attribute ${quote(place.name)} is empty`)
  const { length } = bytes.slice(place.content, declaredBytes(shape, type))
  const count = length / type.sizeBytes
  bytes.step(count)
  return Array.from({ length: count }, (_, index) => {
    const at = place.content + index * type.sizeBytes
    return type.kind === 'fixed-text' ? bytes.text(at, type.sizeBytes) : heapText(bytes, at)
  })
}

/** A text of variable length: its length, then the address and index of an object in a global heap. */
function heapText(bytes: Hdf5Bytes, at: number): string {
  const length = bytes.u32(at)
  const collection = bytes.u64(at + 4)
  const wanted = bytes.u32(at + 12)
  if (length === 0) return ''
  bytes.expect(collection, 'GCOL')
  const end = collection + bytes.u64(collection + 8)
  for (let object = collection + 16; object + 16 <= end; ) {
    bytes.step()
    const index = bytes.u16(object)
    const size = bytes.u64(object + 8)
    if (index === wanted && length <= size) return bytes.text(object + 16, length)
    if (index === 0) break
    object += 16 + Math.ceil(size / 8) * 8
  }
  throw refuse('HDF5 text is not in its heap')
}
