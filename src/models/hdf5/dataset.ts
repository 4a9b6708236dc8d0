import { type Tensor, tensorFromBytes } from '../../core/tensor.ts'
import { refuse } from '../refuse.ts'
import { type Hdf5Bytes, UNDEFINED } from './bytes.ts'
import { readDataspace, readDatatype, storedBytes } from './datatype.ts'
import { type HeaderMessage, MESSAGE } from './object-header.ts'

/**
 * The numbers of a dataset, as a view of the file where their alignment allows it. Throws ERR_MODEL
 * for what is no dataset of numbers, or declares more than is stored.
 */
export function readDataset(bytes: Hdf5Bytes, messages: readonly HeaderMessage[]): Tensor {
  const datatype = find(messages, MESSAGE.datatype)
  const dataspace = find(messages, MESSAGE.dataspace)
  const layout = find(messages, MESSAGE.layout)
  if (messages.some(({ type }) => type === MESSAGE.externalFiles)) {
    throw refuse('HDF5 dataset lies in an external file, which is not allowed')
  }
  const type = readDatatype(bytes, datatype.at)
  if (type.kind !== 'number') throw refuse('HDF5 dataset does not hold numbers')
  const shape = readDataspace(bytes, dataspace.at)
  const content = readContent(bytes, layout)
  const sizeBytes = storedBytes(bytes, shape, type)
  if (content.byteLength < sizeBytes) {
    throw refuse(`HDF5 dataset declares ${sizeBytes} bytes but stores ${content.byteLength}`)
  }
  return tensorFromBytes(content.subarray(0, sizeBytes), { datatype: type.datatype, shape })
}

/** Layout classes (HDF5 file format 3.0, IV.A.2.i). */
const COMPACT = 0
const CONTIGUOUS = 1

function readContent(bytes: Hdf5Bytes, layout: HeaderMessage): Uint8Array {
  const version = bytes.u8(layout.at)
  if (version !== 3 && version !== 4) throw refuse('HDF5 dataset is of an unknown layout version')
  const kind = bytes.u8(layout.at + 1)
  if (kind === COMPACT) return bytes.slice(layout.at + 4, bytes.u16(layout.at + 2))
  if (kind !== CONTIGUOUS) {
    throw refuse('HDF5 dataset is chunked or compressed, which is not supported')
  }
  const at = bytes.u64(layout.at + 2)
  return at === UNDEFINED ? new Uint8Array() : bytes.slice(at, bytes.u64(layout.at + 10))
}

function find(messages: readonly HeaderMessage[], type: number): HeaderMessage {
  const message = messages.find((each) => each.type === type)
  if (!message) throw refuse('HDF5 entry is no dataset')
  return message
}
