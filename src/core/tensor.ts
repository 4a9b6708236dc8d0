import { FoglineError } from '../std/errors.ts'

/** Element types, by the names of the Open Inference Protocol V2. */
export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'FP32'
  | 'FP64'

/** The elements of a tensor, row-major. BOOL is one byte an element, 0 or 1. */
export type TensorValues =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float16Array
  | Float32Array
  | Float64Array

/** Numbers in a shape. The first axis of what a section takes and gives is the batch. */
export interface Tensor {
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** `data.length` is the product of `shape`; its class is the one of `datatype`. */
  readonly data: TensorValues
}

/** What a section expects or gives: in `shape`, -1 stands for any size (the batch, mostly). */
export interface TensorSpec {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

/** How one datatype is stored: little-endian, `sizeBytes` an element. */
interface Storage {
  readonly sizeBytes: number
  of(buffer: ArrayBufferLike, byteOffset: number, length: number): TensorValues
}

const STORAGE: Readonly<Record<Datatype, Storage>> = {
  BOOL: { sizeBytes: 1, of: (b, o, n) => new Uint8Array(b, o, n) },
  UINT8: { sizeBytes: 1, of: (b, o, n) => new Uint8Array(b, o, n) },
  UINT16: { sizeBytes: 2, of: (b, o, n) => new Uint16Array(b, o, n) },
  UINT32: { sizeBytes: 4, of: (b, o, n) => new Uint32Array(b, o, n) },
  UINT64: { sizeBytes: 8, of: (b, o, n) => new BigUint64Array(b, o, n) },
  INT8: { sizeBytes: 1, of: (b, o, n) => new Int8Array(b, o, n) },
  INT16: { sizeBytes: 2, of: (b, o, n) => new Int16Array(b, o, n) },
  INT32: { sizeBytes: 4, of: (b, o, n) => new Int32Array(b, o, n) },
  INT64: { sizeBytes: 8, of: (b, o, n) => new BigInt64Array(b, o, n) },
  FP16: { sizeBytes: 2, of: (b, o, n) => new Float16Array(b, o, n) },
  FP32: { sizeBytes: 4, of: (b, o, n) => new Float32Array(b, o, n) },
  FP64: { sizeBytes: 8, of: (b, o, n) => new Float64Array(b, o, n) },
}

/** Every datatype that a tensor can have. */
export const DATATYPES: readonly Datatype[] = Object.keys(STORAGE) as Datatype[]

/** Whether `text` names a datatype. */
export function isDatatype(text: string): text is Datatype {
  return Object.hasOwn(STORAGE, text)
}

/** Whether `datatype` is of floating-point numbers, of any precision. */
export function isFloat(datatype: Datatype): boolean {
  return datatype.startsWith('FP')
}

/** Bytes of one element of `datatype`. */
export function elementSizeBytes(datatype: Datatype): number {
  return STORAGE[datatype].sizeBytes
}

/** The number of elements of `shape`; 1 for a scalar `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** A tensor of zeros. */
export function zeros(datatype: Datatype, shape: readonly number[]): Tensor {
  const count = elementCount(shape)
  const { sizeBytes, of } = STORAGE[datatype]
  return { datatype, shape, data: of(new ArrayBuffer(count * sizeBytes), 0, count) }
}

/**
 * The tensor that little-endian `bytes` hold; a view of them where their alignment allows it.
 * Throws ERR_TENSOR if the size does not fit.
 */
export function tensorFromBytes(
  bytes: Uint8Array,
  spec: { readonly datatype: Datatype; readonly shape: readonly number[] },
): Tensor {
  const { sizeBytes, of } = STORAGE[spec.datatype]
  const count = elementCount(spec.shape)
  if (bytes.byteLength !== count * sizeBytes) {
    const expected = `${count * sizeBytes} for ${spec.datatype} [${spec.shape.join(', ')}]`
    throw new FoglineError(
      `Cannot read tensor: value has ${bytes.byteLength} bytes (expected ${expected})`,
      { code: 'ERR_TENSOR' },
    )
  }
  const aligned = bytes.byteOffset % sizeBytes === 0 ? bytes : new Uint8Array(bytes)
  const data = of(aligned.buffer, aligned.byteOffset, count)
  return { datatype: spec.datatype, shape: spec.shape, data }
}

/** The elements of `tensor` as little-endian bytes; a view of its memory. */
export function tensorToBytes(tensor: Tensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
}

/** The values of `tensor` as numbers: a view where it is FP32 already, else converted. */
export function toFloats(tensor: Tensor): Float32Array {
  const { data } = tensor
  if (data instanceof Float32Array) return data
  return data instanceof BigInt64Array || data instanceof BigUint64Array
    ? Float32Array.from(data as ArrayLike<bigint>, Number)
    : new Float32Array(data)
}

/** Rows `start` (inclusive) to `end` (exclusive) of the first axis; a view. */
export function rows(tensor: Tensor, start: number, end: number): Tensor {
  const [, ...rest] = tensor.shape
  const width = elementCount(rest)
  return {
    datatype: tensor.datatype,
    shape: [end - start, ...rest],
    data: tensor.data.subarray(start * width, end * width),
  }
}

/** The given tensors, one under the other along the first axis. Throws ERR_TENSOR if they differ. */
export function stack(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors
  if (!first) throw new RangeError('Cannot stack tensors: there is none')
  const rest = first.shape.slice(1)
  const batch = tensors.reduce((sum, tensor) => sum + (tensor.shape[0] ?? 0), 0)
  const stacked = zeros(first.datatype, [batch, ...rest])
  const bytes = tensorToBytes(stacked)
  let at = 0
  for (const tensor of tensors) {
    if (tensor.datatype !== first.datatype || !sameShape(tensor.shape.slice(1), rest)) {
      throw new FoglineError(
        `Cannot stack tensors: ${describe(tensor)} differs from ${describe(first)}`,
        { code: 'ERR_TENSOR' },
      )
    }
    bytes.set(tensorToBytes(tensor), at)
    at += tensor.data.byteLength
  }
  return stacked
}

/** Whether two shapes are equal, size by size. */
export function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((size, axis) => size === right[axis])
}

/** Whether `shape` is one that `pattern` allows; -1 in `pattern` allows any size. */
export function shapeFits(shape: readonly number[], pattern: readonly number[]): boolean {
  return (
    shape.length === pattern.length &&
    shape.every((size, axis) => pattern[axis] === -1 || pattern[axis] === size)
  )
}

/** `FP32 [1, 28, 28, 1]`, for messages. */
export function describe(tensor: Pick<Tensor, 'datatype' | 'shape'>): string {
  return `${tensor.datatype} [${tensor.shape.join(', ')}]`
}

/** Whether every element is a number: no NaN, no infinity. True for integers. */
export function allFinite(tensor: Tensor): boolean {
  const { data } = tensor
  if (
    !(data instanceof Float32Array || data instanceof Float64Array || data instanceof Float16Array)
  ) {
    return true
  }
  for (let index = 0; index < data.length; index++) {
    // A difference with itself is 0 for numbers, NaN for NaN and infinities.
    const value = data[index] as number
    if (value - value !== 0) return false
  }
  return true
}
