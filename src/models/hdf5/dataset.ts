import { type Tensor, tensorFromBytes } from '../../core/tensor.ts'
import { refuse } from '../refuse.ts'
import type { Hdf5Bytes } from './bytes.ts'
import { readChunks } from './chunks.ts'
import { committedDatatypeAt } from './committed-datatype.ts'
import { declaredBytes, type NumberType, readDataspace, readDatatype } from './datatype.ts'
import { readFilters } from './filters.ts'
import { readLayout } from './layout.ts'
import { type HeaderMessage, MESSAGE } from './object-header.ts'

/**
 * The numbers of a dataset, as a view of the file where their alignment allows it. Throws ERR_MODEL
 * for what is no dataset of numbers, or declares more than is stored.
 */
export function readDataset(bytes: Hdf5Bytes, messages: readonly HeaderMessage[]): Tensor {
  const type = numberType(bytes, find(messages, MESSAGE.datatype))
  const space = readDataspace(bytes, find(messages, MESSAGE.dataspace).at)
  const layout = readLayout(bytes, find(messages, MESSAGE.layout).at)
  if (messages.some((message) => message.type === MESSAGE.externalFiles)) {
    throw refuse('HDF5 dataset lies in an external file, which is not allowed')
  }
  const filters = messages.find((message) => message.type === MESSAGE.filters)
  const sizeBytes = declaredBytes(space.shape, type)
  if (layout.kind === 'whole' && layout.sizeBytes < sizeBytes)
    throw refuse(`HDF5 dataset declares ${sizeBytes} bytes but stores ${layout.sizeBytes}`)
  bytes.claim(sizeBytes)
  const content =
    layout.kind === 'whole'
      ? bytes.slice(sizeBytes === 0 ? 0 : layout.at, sizeBytes)
      : readChunks(bytes, {
          layout,
          space,
          elementBytes: type.sizeBytes,
          filters: filters ? readFilters(bytes, filters.at) : [],
        })
  return tensorFromBytes(type.isBigEndian ? swapped(content, type.sizeBytes) : content, {
    datatype: type.datatype,
    shape: space.shape,
  })
}

function numberType(bytes: Hdf5Bytes, message: HeaderMessage): NumberType {
  const at = message.isShared ? committedDatatypeAt(bytes, message.at) : message.at
  const type = readDatatype(bytes, at)
  if (type.kind !== 'number') throw refuse('HDF5 dataset does not hold numbers')
  return type
}

/** A copy in the other byte order. */
function swapped(content: Uint8Array, elementBytes: number): Uint8Array {
  const copy = Buffer.from(content)
  if (elementBytes === 2) return copy.swap16()
  if (elementBytes === 4) return copy.swap32()
  return elementBytes === 8 ? copy.swap64() : copy
}

function find(messages: readonly HeaderMessage[], type: number): HeaderMessage {
  const message = messages.find((each) => each.type === type)
  if (!message) throw refuse('HDF5 entry is no dataset')
  return message
}
