import { type Datatype, elementCount, type Tensor, tensorFromBytes } from '../../core/tensor.ts'
import { MODEL_FILE_BYTES_MAX, RANK_MAX } from '../limits.ts'
import type { Message } from '../protobuf.ts'
import { refuse } from '../refuse.ts'

/** How TensorFlow stores the elements of one of its types, and what they are computed as here. */
export interface ElementKind {
  /** As stored; absent for bfloat16, which no datatype is. */
  readonly stored?: Datatype
  /** As in the graph: every kind of float is computed in FP32. */
  readonly computed: Datatype
  readonly sizeBytes: number
}

/** TensorFlow's DataType (types.proto), for what a tensor of numbers can be. */
const KINDS: ReadonlyMap<number, ElementKind> = new Map([
  [1, { stored: 'FP32', computed: 'FP32', sizeBytes: 4 }],
  [2, { stored: 'FP64', computed: 'FP32', sizeBytes: 8 }],
  [3, { stored: 'INT32', computed: 'INT32', sizeBytes: 4 }],
  [4, { stored: 'UINT8', computed: 'UINT8', sizeBytes: 1 }],
  [5, { stored: 'INT16', computed: 'INT16', sizeBytes: 2 }],
  [6, { stored: 'INT8', computed: 'INT8', sizeBytes: 1 }],
  [9, { stored: 'INT64', computed: 'INT64', sizeBytes: 8 }],
  [10, { stored: 'BOOL', computed: 'BOOL', sizeBytes: 1 }],
  [14, { computed: 'FP32', sizeBytes: 2 }],
  [17, { stored: 'UINT16', computed: 'UINT16', sizeBytes: 2 }],
  [19, { stored: 'FP16', computed: 'FP32', sizeBytes: 2 }],
  [22, { stored: 'UINT32', computed: 'UINT32', sizeBytes: 4 }],
  [23, { stored: 'UINT64', computed: 'UINT64', sizeBytes: 8 }],
])

/** The kind of TensorFlow's `DataType` number; ERR_MODEL for texts, complex numbers and so on. */
export function elementKind(dataType: number, name: string): ElementKind {
  const kind = KINDS.get(dataType)
  if (!kind) {
    const known = { 7: 'text', 20: 'a resource', 21: 'a variant' }[dataType]
    throw refuse(`${name} is of type ${known ?? dataType}, which is not supported`)
  }
  return kind
}

/** A TensorShapeProto whose sizes are all known; ERR_MODEL where it could not be in memory. */
export function readShape(message: Message, name: string): readonly number[] {
  const shape = message.messages(2).map((size) => size.integer(1))
  const isWrong = shape.some((size) => size < 0) || shape.length > RANK_MAX
  if (isWrong || message.integer(3) !== 0 || !(elementCount(shape) <= MODEL_FILE_BYTES_MAX)) {
    throw refuse(`${name} is of shape [${shape.slice(0, RANK_MAX).join(', ')}], which cannot be`)
  }
  return shape
}

/** The tensor that little-endian `bytes` hold, as it is computed with; ERR_MODEL if they do not fit. */
export function readElements(
  bytes: Uint8Array,
  { kind, shape }: { readonly kind: ElementKind; readonly shape: readonly number[] },
): Tensor {
  if (bytes.length !== elementCount(shape) * kind.sizeBytes) {
    throw refuse(`a tensor of shape [${shape.join(', ')}] has ${bytes.length} bytes`)
  }
  if (!kind.stored) return { datatype: 'FP32', shape, data: fromBrainFloats(bytes) }
  const tensor = tensorFromBytes(bytes, { datatype: kind.stored, shape })
  const { data } = tensor
  if (data instanceof Float64Array || data instanceof Float16Array) {
    return { datatype: 'FP32', shape, data: new Float32Array(data) }
  }
  return tensor
}

/** A bfloat16 is the upper half of a float. */
function fromBrainFloats(bytes: Uint8Array): Float32Array {
  const halves = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bits = new Uint32Array(bytes.length / 2)
  for (let index = 0; index < bits.length; index++)
    bits[index] = halves.getUint16(2 * index, true) << 16
  return new Float32Array(bits.buffer)
}
