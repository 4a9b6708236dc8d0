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

/** What nested arrays of numbers have to become. */
export interface SampleSpec {
  readonly datatype: Datatype
  /** Of one sample, without the batch; -1 stands for any size. */
  readonly shape: readonly number[]
}

/** Axes of a nested array; NumPy's own limit was 32 for decades. */
const AXES_MAX = 32

/**
 * The sample in numbers: arrays nested as `shape` says, or a flat one, or a bare number. A leading
 * axis of 1 may be there, trailing axes of 1 may be missing; BOOL takes true and false, or 1 and 0.
 * Throws ERR_TENSOR for anything else, and for a value that the datatype cannot hold.
 */
export function tensorFromNested(value: unknown, spec: SampleSpec): Tensor {
  const given = shapeOf(value)
  const shape = fittingShape(given, spec.shape)
  if (!shape) {
    throw sampleError(`it has shape [${given.join(', ')}] (expected ${describe(spec)})`)
  }
  const numbers: number[] = []
  collect(value, 0, { shape: given, numbers })
  if (spec.datatype === 'INT64' || spec.datatype === 'UINT64') checkExact(numbers)
  return { ...tensorOf(numbers, spec.datatype), shape }
}

/** `null`, `an array`, `an object`, `a string`, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** ERR_TENSOR: `Cannot read sample: …`. */
export function sampleError(state: string, cause?: unknown): FoglineError {
  return new FoglineError(`Cannot read sample: ${state}`, { code: 'ERR_TENSOR', cause })
}

/** The sizes of nested arrays, read along the first elements; `collect` checks all the others. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = []
  for (let current = value; Array.isArray(current); current = current[0]) {
    shape.push(current.length)
    if (shape.length > AXES_MAX) throw sampleError(`it is nested more than ${AXES_MAX} arrays deep`)
  }
  return shape
}

/** The sample's shape if arrays of shape `given` can be read as `pattern`. */
function fittingShape(
  given: readonly number[],
  pattern: readonly number[],
): readonly number[] | undefined {
  if (given.includes(0)) return undefined
  for (const axes of given[0] === 1 ? [given, given.slice(1)] : [given]) {
    // As Keras does: grey images are often written without their axis of one channel.
    const shape = [...axes, ...pattern.slice(axes.length).filter((size) => size === 1)]
    if (shapeFits(shape, pattern)) return shape
  }
  const closed = !pattern.includes(-1)
  const flat =
    given.length <= 1 && closed && sameShape([elementCount(given)], [elementCount(pattern)])
  return flat ? pattern : undefined
}

interface Collecting {
  /** Of the whole value. */
  readonly shape: readonly number[]
  readonly numbers: number[]
}

function collect(value: unknown, axis: number, collecting: Collecting): void {
  const { shape, numbers } = collecting
  const size = shape[axis]
  if (size === undefined) {
    numbers.push(numberOf(value))
    return
  }
  if (!Array.isArray(value) || value.length !== size) {
    const found = Array.isArray(value) ? `an array of ${value.length}` : kindOf(value)
    throw sampleError(`its arrays are ragged: ${found} where the first one has ${size}`)
  }
  if (axis + 1 < shape.length) {
    for (const item of value) collect(item, axis + 1, collecting)
  } else {
    for (let index = 0; index < size; index++) numbers.push(numberOf(value[index]))
  }
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  throw sampleError(`it holds ${kindOf(value)} (expected numbers)`)
}

/** Integers beyond 2^53 were rounded when they became numbers. */
function checkExact(numbers: readonly number[]): void {
  const rounded = numbers.find((value) => Number.isInteger(value) && !Number.isSafeInteger(value))
  if (rounded === undefined) return
  throw sampleError(`it holds an integer near ${rounded} (at most 2^53, to be exact)`)
}
