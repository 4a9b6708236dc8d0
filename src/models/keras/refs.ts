import { NESTING_MAX } from '../limits.ts'
import { quote, refuse } from '../refuse.ts'
import { asList, isObject, own } from './json.ts'

/** A tensor in a model: which output of which call of which layer. */
export interface Ref {
  readonly layer: string
  /** As the file counts it: where a layer is a model, its first call may be 0 or 1. */
  readonly call: number
  readonly output: number
}

/**
 * The tensors that a part of a model's configuration names, in Keras' order: lists as they are,
 * objects by sorted key. They are `[layer, call, output]` or Keras 3's `__keras_tensor__`.
 */
export function readRefs(part: unknown, depth = 0): readonly Ref[] {
  checkNesting(depth)
  if (part === null) return []
  if (isRef(part)) return [readRef(part)]
  if (Array.isArray(part)) return part.flatMap((inner) => readRefs(inner, depth + 1))
  if (!isObject(part)) {
    throw refuse(`model names ${quote(JSON.stringify(part) ?? '')}, which is no tensor`)
  }
  const className = own(part, 'class_name')
  if (className === '__keras_tensor__') return [readHistory(own(part, 'config'))]
  if (className === '__tuple__') return readRefs(own(part, 'items') ?? null, depth + 1)
  return Object.keys(part)
    .sort()
    .flatMap((key) => readRefs(part[key], depth + 1))
}

/** Throws ERR_MODEL where what a layer is called on is nested beyond what any model needs. */
export function checkNesting(depth: number): void {
  if (depth > NESTING_MAX) throw refuse('inputs of a layer are nested too deep')
}

/** The tensor that Keras 3's `keras_history` names. */
export function readHistory(config: unknown): Ref {
  return readRef(
    asList(isObject(config) ? own(config, 'keras_history') : undefined, 'history of a tensor'),
  )
}

/** Whether `part` begins like a reference of Keras 2: `[layer, call, output]`. */
export function isRef(part: unknown): part is readonly unknown[] {
  return Array.isArray(part) && typeof part[0] === 'string' && Number.isSafeInteger(part[1])
}

/** The reference that a list spells; keywords of a call may follow it. */
export function readRef(list: readonly unknown[]): Ref {
  const [layer, call, output] = list
  const isWhole =
    typeof layer === 'string' && Number.isSafeInteger(call) && Number.isSafeInteger(output)
  if (!isWhole) throw refuse(`reference to a tensor is corrupt: ${quote(JSON.stringify(list))}`)
  return { layer, call: Number(call), output: Number(output) }
}
