import { FoglineError } from '../../std/errors.ts'
import {
  allFinite,
  type Datatype,
  describe,
  elementCount,
  type Tensor,
  type TensorSpec,
  zeros,
} from '../tensor.ts'

/**
 * The tensor whose values are `data`: a flat list, or lists nested as its shape says.
 * Throws ERR_TENSOR where the number, the nesting, the type or the range of the values does not fit.
 */
export function valuesFromJson(data: unknown, spec: TensorSpec): Tensor {
  const values = Array.isArray(data) && Array.isArray(data[0]) ? nested(data, spec) : data
  const count = elementCount(spec.shape)
  if (!Array.isArray(values) || values.length !== count) {
    const state = Array.isArray(values) ? `${values.length} values` : `values are ${typeof values}`
    throw unfit(spec, `${state} (expected a list of ${count} for ${describe(spec)})`)
  }
  const tensor = zeros(spec.datatype, spec.shape)
  const elements = tensor.data as { [index: number]: number | bigint }
  const element = ELEMENT[spec.datatype]
  for (let index = 0; index < count; index++) {
    const read = element(values[index])
    if (read === undefined) {
      throw unfit(spec, `value ${index} is ${text(values[index])} (expected ${spec.datatype})`)
    }
    elements[index] = read
  }
  return tensor
}

/**
 * The values of a tensor as the text of a flat JSON list. Throws ERR_TENSOR for NaN and infinity,
 * which JSON cannot say.
 */
export function valuesToJson(tensor: Tensor, name: string): string {
  if (!allFinite(tensor)) {
    throw new FoglineError(
      `Cannot encode tensor "${name}" as JSON: a value is NaN or infinite (ask for binary data)`,
      { code: 'ERR_TENSOR' },
    )
  }
  if (tensor.datatype !== 'BOOL') return `[${tensor.data.join(',')}]`
  return `[${Array.from(tensor.data as Uint8Array, (value) => value !== 0).join(',')}]`
}

type ReadElement = (value: unknown) => number | bigint | undefined

const ELEMENT: Readonly<Record<Datatype, ReadElement>> = {
  BOOL: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
  UINT8: integer(0, 0xff),
  UINT16: integer(0, 0xffff),
  UINT32: integer(0, 0xffff_ffff),
  UINT64: longInteger(0n, 2n ** 64n - 1n),
  INT8: integer(-0x80, 0x7f),
  INT16: integer(-0x8000, 0x7fff),
  INT32: integer(-0x8000_0000, 0x7fff_ffff),
  INT64: longInteger(-(2n ** 63n), 2n ** 63n - 1n),
  // The protocol has no JSON for FP16; plain numbers are unambiguous, so we read and write them.
  FP16: float(Math.f16round),
  FP32: float(Math.fround),
  FP64: float((value) => value),
}

function integer(min: number, max: number): ReadElement {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : undefined
}

function longInteger(min: bigint, max: bigint): ReadElement {
  return (value) => {
    const long = Number.isSafeInteger(value) ? BigInt(value as number) : value
    return typeof long === 'bigint' && long >= min && long <= max ? long : undefined
  }
}

function float(round: (value: number) => number): ReadElement {
  return (value) => {
    const number = typeof value === 'bigint' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(round(number)) ? number : undefined
  }
}

/** The values of nested lists, in row-major order; each list must have the size of its axis. */
function nested(data: unknown, spec: TensorSpec): unknown[] {
  const values: unknown[] = []
  const visit = (list: unknown, axis: number): void => {
    const size = spec.shape[axis]
    if (!Array.isArray(list) || list.length !== size) {
      throw unfit(spec, `lists are not nested as ${describe(spec)}`)
    }
    for (const inner of list) {
      if (axis < spec.shape.length - 1) visit(inner, axis + 1)
      else values.push(inner)
    }
  }
  visit(data, 0)
  return values
}

function unfit({ name }: TensorSpec, state: string): FoglineError {
  return new FoglineError(`Cannot decode tensor "${name}": ${state}`, { code: 'ERR_TENSOR' })
}

function text(value: unknown): string {
  if (typeof value === 'string') return 'a text'
  return typeof value === 'object' && value !== null ? 'a list or object' : String(value)
}
