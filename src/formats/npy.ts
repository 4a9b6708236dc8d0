import {
  elementCount,
  elementSizeBytes,
  type Tensor,
  tensorFromBytes,
  tensorToBytes,
  zeros,
} from '../core/tensor.ts'
import { formatNpyHeader, npyError, parseNpyHeader } from './npy-header.ts'

/**
 * The array in a `.npy` file: bool, integers of 8 to 64 bits, floats of 16 to 64, in either byte
 * order; Fortran order is turned into C order. A view of `bytes` where nothing has to change.
 * Throws ERR_TENSOR unless the file has exactly the size that its header says.
 */
export function readNpy(bytes: Uint8Array): Tensor {
  const header = parseNpyHeader(bytes)
  const { datatype, shape } = header
  const sizeBytes = elementSizeBytes(datatype)
  const data = bytes.subarray(header.dataOffset)
  const expected = elementCount(shape) * sizeBytes
  if (data.byteLength !== expected) {
    const whole = `${datatype} [${shape.join(', ')}]`
    throw npyError(`it holds ${data.byteLength} bytes (expected ${expected} for ${whole})`)
  }
  const ordered = header.bigEndian && sizeBytes > 1 ? swapped(data, sizeBytes) : data
  const tensor = tensorFromBytes(datatype === 'BOOL' ? normalised(ordered) : ordered, header)
  const read = { datatype, shape, data: tensor.data }
  return header.fortranOrder ? rowMajor(read) : read
}

/** `tensor` as a `.npy` file, version 1.0, little-endian, in C order. */
export function writeNpy(tensor: Tensor): Uint8Array {
  const header = formatNpyHeader(tensor.datatype, tensor.shape)
  const file = new Uint8Array(header.byteLength + tensor.data.byteLength)
  file.set(header)
  file.set(tensorToBytes(tensor), header.byteLength)
  return file
}

/** A copy with the bytes of every element reversed. */
function swapped(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  const copy = bytes.slice()
  for (let at = 0; at < copy.byteLength; at += sizeBytes) {
    copy.subarray(at, at + sizeBytes).reverse()
  }
  return copy
}

/** NumPy takes any byte but 0 for true; a tensor's true is 1. */
function normalised(bytes: Uint8Array): Uint8Array {
  return bytes.some((byte) => byte > 1) ? bytes.map((byte) => Math.min(byte, 1)) : bytes
}

/** The same array, whose elements came with the first axis varying fastest. */
function rowMajor(tensor: Tensor): Tensor {
  const { datatype, shape, data } = tensor
  if (shape.length < 2) return tensor
  const target = zeros(datatype, shape)
  const sizeBytes = elementSizeBytes(datatype)
  const from = tensorToBytes(tensor)
  const to = tensorToBytes(target)
  const position = shape.map(() => 0)
  for (let column = 0; column < data.length; column++) {
    const row = position.reduce((index, at, axis) => index * (shape[axis] ?? 1) + at, 0)
    to.set(from.subarray(column * sizeBytes, (column + 1) * sizeBytes), row * sizeBytes)
    advance(position, shape)
  }
  return target
}

/** Counts up by one, the first axis first. */
function advance(position: number[], shape: readonly number[]): void {
  for (let axis = 0; axis < shape.length; axis++) {
    const next = (position[axis] ?? 0) + 1
    position[axis] = next === shape[axis] ? 0 : next
    if (next !== shape[axis]) return
  }
}
