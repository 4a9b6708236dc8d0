import { FoglineError } from '../../std/errors.ts'
import {
  DATATYPES,
  type Datatype,
  elementCount,
  elementSizeBytes,
  isDatatype,
  type TensorSpec,
  tensorFromBytes,
  tensorToBytes,
} from '../tensor.ts'
import { broken, objectOf, parametersOf, textOf, withJsonField } from './json-fields.ts'
import { valuesFromJson, valuesToJson } from './json-values.ts'
import { AXIS_SIZE_MAX, ELEMENTS_MAX, RANK_MAX } from './limits.ts'
import type { EncodeOptions, NamedTensor } from './message.ts'

/** Tensors as a message carries them. */
export interface EncodedTensors {
  /** The text of a JSON list, an object a tensor. */
  readonly json: string
  /** The bytes of those that are not in `json`, in order; views of their memory. */
  readonly binary: readonly Uint8Array[]
}

/** Bytes behind the JSON of a message, taken from the front. */
export interface BinaryReader {
  /** The next `sizeBytes`, or undefined where fewer are left. */
  take(sizeBytes: number): Uint8Array | undefined
  /** How many bytes nobody took. */
  left(): number
}

/** Writes tensors, each as bytes or as JSON. Throws ERR_TENSOR for NaN or infinity in JSON. */
export function encodeTensors(
  tensors: readonly NamedTensor[],
  options: EncodeOptions,
): EncodedTensors {
  const binary: Uint8Array[] = []
  const json = tensors.map((tensor) => {
    const { name, datatype, shape } = tensor
    if (!options.binary(name)) {
      return withJsonField({ name, datatype, shape }, 'data', valuesToJson(tensor, name))
    }
    const bytes = tensorToBytes(tensor)
    binary.push(bytes)
    return JSON.stringify({ name, datatype, shape, parameters: { binary_data_size: bytes.length } })
  })
  return { json: `[${json.join(',')}]`, binary }
}

/** A reader from the front of `bytes`. */
export function binaryReader(bytes: Uint8Array): BinaryReader {
  let at = 0
  return {
    take(sizeBytes) {
      if (sizeBytes > bytes.length - at) return undefined
      at += sizeBytes
      return bytes.subarray(at - sizeBytes, at)
    },
    left: () => bytes.length - at,
  }
}

/**
 * Reads one tensor: its values from `data`, or the next `binary_data_size` bytes of `binary`, where
 * it is a view if their alignment allows. Throws ERR_REQUEST, or ERR_TENSOR where datatype, shape and
 * values do not fit together.
 */
export function decodeTensor(json: unknown, binary: BinaryReader): NamedTensor {
  const fields = objectOf(json, 'tensor')
  const name = textOf(fields.name, 'name of tensor')
  const spec: TensorSpec = {
    name,
    datatype: datatypeOf(fields.datatype, name),
    shape: shapeOf(fields.shape, name),
  }
  const subject = `tensor "${name}"`
  const parameters = parametersOf(fields.parameters, `parameters of ${subject}`)
  if ('shared_memory_region' in parameters) {
    throw broken(subject, 'it lies in shared memory (expected data or binary_data_size)')
  }
  const sizeBytes = parameters.binary_data_size
  if (sizeBytes === undefined) return { name, ...valuesFromJson(fields.data, spec) }
  if (fields.data !== undefined) throw broken(subject, 'it has both data and binary_data_size')
  return { name, ...tensorFromBytes(take(binary, sizeBytes, spec), spec) }
}

/** Throws ERR_REQUEST where two of `named` share a name. */
export function checkNames(named: readonly { readonly name: string }[], subject: string): void {
  const seen = new Set<string>()
  for (const { name } of named) {
    if (seen.has(name)) throw broken(subject, `"${name}" appears twice`)
    seen.add(name)
  }
}

function take(
  binary: BinaryReader,
  sizeBytes: string | number | boolean,
  { name, datatype, shape }: TensorSpec,
): Uint8Array {
  const expected = elementCount(shape) * elementSizeBytes(datatype)
  if (sizeBytes !== expected) {
    throw new FoglineError(
      `Cannot decode tensor "${name}": binary_data_size is ${sizeBytes} ` +
        `(expected ${expected} for ${datatype} [${shape.join(', ')}])`,
      { code: 'ERR_TENSOR' },
    )
  }
  const left = binary.left()
  const bytes = binary.take(expected)
  if (bytes && (datatype !== 'BOOL' || bytes.every((byte) => byte <= 1))) return bytes
  const state = bytes
    ? 'a byte is neither 0 nor 1 (expected BOOL)'
    : `${left} bytes are left of the body (expected ${expected})`
  throw new FoglineError(`Cannot decode tensor "${name}": ${state}`, { code: 'ERR_TENSOR' })
}

function datatypeOf(value: unknown, name: string): Datatype {
  if (typeof value === 'string' && isDatatype(value)) return value
  throw new FoglineError(
    `Cannot decode tensor "${name}": datatype ${JSON.stringify(value)} is not supported ` +
      `(expected one of ${DATATYPES.join(', ')})`,
    { code: 'ERR_TENSOR' },
  )
}

function shapeOf(value: unknown, name: string): readonly number[] {
  const valid =
    Array.isArray(value) &&
    value.length <= RANK_MAX &&
    value.every((size) => Number.isInteger(size) && size >= 0 && size <= AXIS_SIZE_MAX)
  if (valid && elementCount(value) <= ELEMENTS_MAX) return value
  const shape = Array.isArray(value) ? `[${value.slice(0, RANK_MAX).join(', ')}]` : typeof value
  throw new FoglineError(
    `Cannot decode tensor "${name}": shape is ${shape} ` +
      `(expected at most ${RANK_MAX} sizes from 0 up, and ${ELEMENTS_MAX} elements)`,
    { code: 'ERR_TENSOR' },
  )
}
