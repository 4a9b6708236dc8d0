import { elementCount, type Tensor } from '../../core/tensor.ts'
import { REPEATED_ELEMENTS_MAX } from '../limits.ts'
import { type Field, integersOf, type Message } from '../protobuf.ts'
import { refuse } from '../refuse.ts'
import { type ElementKind, elementKind, readElements, readShape } from './element-kind.ts'

/** A TensorProto (tensor.proto): the constant called `name`. */
export function readTensorProto(message: Message, name: string): Tensor {
  const kind = elementKind(message.integer(1), name)
  const shape = readShape(message.message(2), name)
  const content = message.bytes(4)
  if (content && content.length > 0) return readElements(content, { kind, shape })
  const { bytes, count } = storedValues(message, kind)
  const wanted = elementCount(shape)
  if (count > wanted || (count < wanted && wanted > REPEATED_ELEMENTS_MAX)) {
    throw refuse(`${name} of shape [${shape.join(', ')}] stores ${count} elements`)
  }
  return readElements(repeatLast(bytes, { wanted, sizeBytes: kind.sizeBytes }), { kind, shape })
}

/** Where each type has its elements, if not as bytes. */
const FLOATS = 5
const DOUBLES = 6
/** int_val for what has up to 32 bits, halves among them as bits; then int64, bool, uint32, uint64. */
const INTEGERS: readonly number[] = [13, 7, 10, 11, 16, 17]

function storedValues(message: Message, kind: ElementKind): { bytes: Uint8Array; count: number } {
  const raw = kind.stored === 'FP32' ? FLOATS : kind.stored === 'FP64' ? DOUBLES : undefined
  if (raw !== undefined) {
    const bytes = Buffer.concat(message.all(raw).map((field) => field.bytes))
    if (bytes.length % kind.sizeBytes !== 0) throw refuse('a constant is corrupt')
    return { bytes, count: bytes.length / kind.sizeBytes }
  }
  const numbers = INTEGERS.flatMap((field) => message.all(field)).flatMap(bigIntegersOf)
  const bytes = Buffer.alloc(numbers.length * kind.sizeBytes)
  numbers.forEach((number, index) => {
    const bits = BigInt.asUintN(8 * kind.sizeBytes, number)
    for (let byte = 0; byte < kind.sizeBytes; byte++) {
      bytes[index * kind.sizeBytes + byte] = Number((bits >> BigInt(8 * byte)) & 0xffn)
    }
  })
  return { bytes, count: numbers.length }
}

function bigIntegersOf(field: Field): readonly bigint[] {
  return integersOf(field).map(BigInt)
}

/** The last element stands for all that are missing; none stands for zeros. */
function repeatLast(
  bytes: Uint8Array,
  { wanted, sizeBytes }: { readonly wanted: number; readonly sizeBytes: number },
): Uint8Array {
  if (bytes.length === wanted * sizeBytes) return bytes
  const all = Buffer.alloc(wanted * sizeBytes)
  all.set(bytes)
  if (bytes.length > 0) all.fill(bytes.subarray(-sizeBytes), bytes.length)
  return all
}
