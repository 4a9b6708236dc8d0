import { tensorOf } from '../core/cast.ts'
import {
  type Datatype,
  describe,
  elementCount,
  sameShape,
  shapeFits,
  type Tensor,
} from '../core/tensor.ts'
import { FoglineError } from '../std/errors.ts'

/** What a JSON value has to become. */
export interface JsonSampleSpec {
  readonly datatype: Datatype
  /** Of one sample, without the batch; -1 stands for any size. */
  readonly shape: readonly number[]
  /** Keys of an object whose values, in this order, are the sample. */
  readonly fields?: readonly string[] | undefined
}

/** Axes of a nested array; NumPy's own limit was 32 for decades. */
const AXES_MAX = 32

/**
 * The sample in a parsed JSON value: arrays nested as `shape` says (a leading axis of 1 may be
 * there), one flat array of all its numbers, a bare number for a sample of one element, or an object
 * of which `fields` are taken. Throws ERR_TENSOR for anything else, and for a value that the
 * datatype cannot hold. BOOL takes true and false, or 1 and 0.
 */
export function tensorFromJson(value: unknown, spec: JsonSampleSpec): Tensor {
  const nested = spec.fields ? pick(value, spec.fields) : value
  const given = shapeOf(nested)
  const shape = fittingShape(given, spec.shape)
  if (!shape) {
    throw refusal(`it has shape [${given.join(', ')}] (expected ${describe(spec)})`)
  }
  const numbers: number[] = []
  collect(nested, given, numbers)
  return { ...tensorOf(numbers, spec.datatype), shape }
}

function pick(value: unknown, fields: readonly string[]): unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal(`it is ${kindOf(value)} (expected an object with ${fields.join(', ')})`)
  }
  const entries = new Map<string, unknown>(Object.entries(value))
  return fields.map((field) => {
    if (!entries.has(field)) throw refusal(`field "${field}" is missing`)
    return entries.get(field)
  })
}

/** The sizes of nested arrays, read along the first elements; `collect` checks all the others. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = []
  for (let current = value; Array.isArray(current); current = current[0]) {
    shape.push(current.length)
    if (shape.length > AXES_MAX) throw refusal(`it is nested more than ${AXES_MAX} arrays deep`)
  }
  return shape
}

/** The sample's shape if arrays of shape `given` can be read as `pattern`. */
function fittingShape(
  given: readonly number[],
  pattern: readonly number[],
): readonly number[] | undefined {
  if (given.includes(0)) return undefined
  if (shapeFits(given, pattern)) return given
  if (given[0] === 1 && shapeFits(given.slice(1), pattern)) return given.slice(1)
  const closed = !pattern.includes(-1)
  const flat =
    given.length <= 1 && closed && sameShape([elementCount(given)], [elementCount(pattern)])
  return flat ? pattern : undefined
}

function collect(value: unknown, shape: readonly number[], numbers: number[]): void {
  const [size, ...rest] = shape
  if (size === undefined) {
    numbers.push(numberOf(value))
    return
  }
  if (!Array.isArray(value) || value.length !== size) {
    const found = Array.isArray(value) ? `an array of ${value.length}` : kindOf(value)
    throw refusal(`its arrays are ragged: ${found} where the first one has ${size}`)
  }
  for (const item of value) collect(item, rest, numbers)
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  throw refusal(`it holds ${kindOf(value)} (expected numbers)`)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function refusal(state: string): FoglineError {
  return new FoglineError(`Cannot read JSON sample: ${state}`, { code: 'ERR_TENSOR' })
}
