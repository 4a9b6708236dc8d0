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
  if (depth > NESTING_MAX) throw refuse('inputs of a layer are nested too deep')
  if (part === null) return []
  if (Array.isArray(part)) {
    if (typeof part[0] === 'string') return [readRef(part)]
    return part.flatMap((inner) => readRefs(inner, depth + 1))
  }
  if (!isObject(part))
    throw refuse(`layer is called on ${quote(JSON.stringify(part) ?? '')}, which is no tensor`)
  const className = own(part, 'class_name')
  if (className === '__keras_tensor__') return [readHistory(own(part, 'config'))]
  if (className === '__tuple__') return readRefs(own(part, 'items') ?? null, depth + 1)
  if (className !== undefined)
    throw refuse(`layer is called on a ${quote(String(className))}, which is not supported`)
  return Object.keys(part)
    .sort()
    .flatMap((key) => readRefs(part[key], depth + 1))
}

function readHistory(config: unknown): Ref {
  return readRef(
    asList(isObject(config) ? own(config, 'keras_history') : undefined, 'history of a tensor'),
  )
}

function readRef(list: readonly unknown[]): Ref {
  const [layer, call, output, keywords] = list
  const isRef =
    typeof layer === 'string' && Number.isSafeInteger(call) && Number.isSafeInteger(output)
  if (!isRef) throw refuse(`reference to a tensor is corrupt: ${quote(JSON.stringify(list))}`)
  if (keywords !== undefined && !isPlain(keywords)) {
    throw refuse(`call on the output of ${quote(layer)} has keywords, which is not supported`)
  }
  return { layer, call: Number(call), output: Number(output) }
}

/** Whether the keywords of a call change nothing: `{}`, `{"training": false}`, `{"mask": null}`. */
function isPlain(keywords: unknown): boolean {
  return (
    isObject(keywords) &&
    Object.values(keywords).every((value) => value === null || value === false)
  )
}
