import { refuse } from '../refuse.ts'
import type { Hdf5Bytes } from './bytes.ts'
import { readDataspace, readDatatype, storedBytes } from './datatype.ts'
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
  for (const message of messages) {
    if (message.type === MESSAGE.attributeInfo) checkInline(bytes, message)
    if (message.type !== MESSAGE.attribute) continue
    const place = locate(bytes, message)
    if (place.name === name) return readTexts(bytes, place)
  }
  return undefined
}

/** Where the parts of an attribute lie. */
interface Place {
  readonly name: string
  readonly datatype: number
  readonly dataspace: number
  readonly content: number
}

/** Attribute messages of version 1 pad each part to eight bytes; 3 adds a character set. */
function locate(bytes: Hdf5Bytes, message: HeaderMessage): Place {
  const version = bytes.u8(message.at)
  if (version < 1 || version > 3) throw refuse('HDF5 attribute is of an unknown version')
  if (version > 1 && bytes.u8(message.at + 1) !== 0)
    throw refuse('HDF5 attribute shares its type, which is not supported')
  const padded = (size: number) => (version === 1 ? Math.ceil(size / 8) * 8 : size)
  const nameBytes = bytes.u16(message.at + 2)
  const nameAt = message.at + (version === 3 ? 9 : 8)
  const datatype = nameAt + padded(nameBytes)
  const dataspace = datatype + padded(bytes.u16(message.at + 4))
  const content = dataspace + padded(bytes.u16(message.at + 6))
  return { name: bytes.text(nameAt, nameBytes), datatype, dataspace, content }
}

function readTexts(bytes: Hdf5Bytes, place: Place): readonly string[] {
  const type = readDatatype(bytes, place.datatype)
  const shape = readDataspace(bytes, place.dataspace)
  // An empty list of names is written as an empty array of floats.
  if (shape.includes(0)) return []
  if (type.kind === 'number') throw refuse(`HDF5 attribute "${place.name}" is no text`)
  if (type.sizeBytes === 0) throw refuse(`HDF5 attribute "${place.name}" is empty`)
  const count = storedBytes(bytes, shape, type) / type.sizeBytes
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

/** Attributes that a file keeps in a heap of their own are not read: Keras never writes so. */
function checkInline(bytes: Hdf5Bytes, message: HeaderMessage): void {
  const flags = bytes.u8(message.at + 1)
  const heap = bytes.u64(message.at + (flags & 1 ? 4 : 2))
  if (heap >= 0) throw refuse('HDF5 attributes are stored densely, which is not supported')
}
