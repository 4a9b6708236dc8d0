import { quote, refuse } from '../refuse.ts'
import { asList, asObject, isObject, own } from './json.ts'
import { checkNesting, isRef, type Ref, readHistory, readRef } from './refs.ts'

/**
 * What a layer or operation is called on: tensors (`Ref` as the file names them, `Value` in the graph),
 * lists of them, and literals: any JSON, as a number, a shape's text or `{ class_name: 'slice', … }`.
 */
export type Argument<T> =
  | { readonly kind: 'tensor'; readonly tensor: T }
  | { readonly kind: 'list'; readonly items: readonly Argument<T>[] }
  | { readonly kind: 'literal'; readonly value: unknown }

/** All that one call is given. */
export interface CallArguments<T> {
  readonly positional: readonly Argument<T>[]
  readonly keywords: ReadonlyMap<string, Argument<T>>
}

/** One entry of a layer's `inbound_nodes`: `args` and `kwargs` in Keras 3, references in Keras 2. */
export function readCall(node: unknown): CallArguments<Ref> {
  if (isObject(node) && Object.hasOwn(node, 'args')) {
    const keywords = asObject(own(node, 'kwargs') ?? {}, 'keywords of a call')
    return {
      positional: asList(own(node, 'args'), 'arguments of a call').map((arg) => readKeras3(arg)),
      keywords: new Map(Object.entries(keywords).map(([key, arg]) => [key, readKeras3(arg)])),
    }
  }
  const keywords = new Map<string, Argument<Ref>>()
  return { positional: readKeras2(node, keywords), keywords }
}

/** The tensors in `args`, in order. */
export function tensorsIn<T>(args: readonly Argument<T>[]): readonly T[] {
  return args.flatMap((arg) => {
    if (arg.kind === 'tensor') return [arg.tensor]
    return arg.kind === 'list' ? tensorsIn(arg.items) : []
  })
}

/** All tensors of a call, those of its keywords last. */
export function tensorsOfCall<T>({ positional, keywords }: CallArguments<T>): readonly T[] {
  return tensorsIn([...positional, ...keywords.values()])
}

/** `arg` with each of its tensors replaced by what `change` gives for it. */
export function mapArgument<T, U>(arg: Argument<T>, change: (tensor: T) => U): Argument<U> {
  if (arg.kind === 'tensor') return { kind: 'tensor', tensor: change(arg.tensor) }
  if (arg.kind === 'literal') return arg
  return { kind: 'list', items: arg.items.map((item) => mapArgument(item, change)) }
}

/** Tensors are `__keras_tensor__`; objects of no class are called by sorted key. */
function readKeras3(part: unknown, depth = 0): Argument<Ref> {
  checkNesting(depth)
  const read = (inner: unknown) => readKeras3(inner, depth + 1)
  if (Array.isArray(part)) return { kind: 'list', items: part.map(read) }
  if (!isObject(part)) return { kind: 'literal', value: part }
  const className = own(part, 'class_name')
  if (className === '__keras_tensor__')
    return { kind: 'tensor', tensor: readHistory(own(part, 'config')) }
  if (className === '__tuple__') {
    return { kind: 'list', items: asList(own(part, 'items'), 'tuple of a call').map(read) }
  }
  if (className !== undefined) return { kind: 'literal', value: part }
  const keys = Object.keys(part).sort()
  return { kind: 'list', items: keys.map((key) => read(part[key])) }
}

/** `[layer, call, output, keywords]`, a list or an object of them; the keywords go into `keywords`. */
function readKeras2(
  part: unknown,
  keywords: Map<string, Argument<Ref>>,
  depth = 0,
): readonly Argument<Ref>[] {
  checkNesting(depth)
  if (isRef(part)) {
    for (const [key, value] of Object.entries(asObject(part[3] ?? {}, 'keywords of a call'))) {
      keywords.set(key, readKeyword2(value, depth + 1))
    }
    // An operation on a literal: ["_CONSTANT_VALUE", -1, 2.0, {}].
    if (part[0] === CONSTANT) return [readKeyword2(part[2], depth + 1)]
    return [{ kind: 'tensor', tensor: readRef(part) }]
  }
  if (Array.isArray(part)) return part.flatMap((inner) => readKeras2(inner, keywords, depth + 1))
  if (!isObject(part)) {
    throw refuse(`layer is called on ${quote(JSON.stringify(part) ?? '')}, which is no tensor`)
  }
  return Object.keys(part)
    .sort()
    .flatMap((key) => readKeras2(part[key], keywords, depth + 1))
}

const CONSTANT = '_CONSTANT_VALUE'

/** A keyword of Keras 2 names tensors as `[layer, call, output]`; all else is a literal. */
function readKeyword2(part: unknown, depth: number): Argument<Ref> {
  checkNesting(depth)
  if (isRef(part)) {
    if (part[0] === CONSTANT) return readKeyword2(part[2], depth + 1)
    return { kind: 'tensor', tensor: readRef(part) }
  }
  if (!Array.isArray(part)) return { kind: 'literal', value: part }
  return { kind: 'list', items: part.map((inner) => readKeyword2(inner, depth + 1)) }
}
