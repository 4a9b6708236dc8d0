import { elementCount, type Tensor } from '../../core/tensor.ts'
import { RANK_MAX } from '../limits.ts'
import { isObject, own } from './json.ts'
import type { Settings } from './settings.ts'

/**
 * Numbers that a setting holds, as FP32 in the shape that they are nested in: one number, lists,
 * Keras 3's tuples and NumPy arrays; undefined where the setting is absent or null.
 */
export function readNumbers(settings: Settings, key: string): Tensor | undefined {
  const given = settings.any(key)
  if (given === undefined) return undefined
  const plain = unwrap(given)
  const shape: number[] = []
  for (let part = plain; Array.isArray(part) && shape.length < RANK_MAX; part = unwrap(part[0])) {
    shape.push(part.length)
  }
  const numbers: number[] = []
  if (!collect(plain, { shape, numbers }) || elementCount(shape) !== numbers.length) {
    throw settings.wrong(key, given, 'numbers')
  }
  return { datatype: 'FP32', shape, data: Float32Array.from(numbers) }
}

/** Takes a list out of how Keras 3 writes tuples and arrays. */
function unwrap(part: unknown): unknown {
  if (!isObject(part)) return part
  const className = own(part, 'class_name')
  const config = own(part, 'config')
  if (className === '__tuple__') return own(part, 'items')
  if (className !== '__numpy__' && className !== '__tensor__') return part
  return isObject(config) ? own(config, 'value') : part
}

/** Whether `given` is nested as `shape` says, with numbers inside. */
function collect(
  given: unknown,
  { shape, numbers }: { readonly shape: readonly number[]; readonly numbers: number[] },
): boolean {
  const part = unwrap(given)
  const [size, ...inner] = shape
  if (size === undefined) {
    if (typeof part !== 'number' || !Number.isFinite(part)) return false
    numbers.push(part)
    return true
  }
  if (!Array.isArray(part) || part.length !== size) return false
  return part.every((each: unknown) => collect(each, { shape: inner, numbers }))
}
