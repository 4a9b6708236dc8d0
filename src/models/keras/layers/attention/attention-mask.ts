import { isFloat } from '../../../../core/tensor.ts'
import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, cast, compare, unary, unsqueeze } from '../../../onnx/operators.ts'
import { positionsAlong } from '../../../onnx/sizes.ts'
import type { Argument } from '../../arguments.ts'
import type { LayerCall } from '../../layer-kind.ts'

/** Which scores count: all that are given hold together; BOOL, or undefined where all count. */
export function allOf(graph: Graph, masks: readonly (Value | undefined)[]): Value | undefined {
  const given = masks.filter((mask) => mask !== undefined)
  return given.length > 0
    ? given.reduce((merged, mask) => binary(graph, 'And', [merged, mask]))
    : undefined
}

/** That no step looks at a later one: BOOL of [1, queries, keys]. */
export function causalMask(graph: Graph, [queries, keys]: readonly [Steps, Steps]): Value {
  const rows = unsqueeze(graph, positionsAlong(graph, queries.value, queries.axis), [0, 2])
  const columns = unsqueeze(graph, positionsAlong(graph, keys.value, keys.axis), [0, 1])
  return compare(graph, 'GreaterOrEqual', [rows, columns])
}

/** That each step looks at most at `width` - 1 steps before and after: BOOL of [1, queries, keys]. */
export function windowMask(
  graph: Graph,
  [queries, keys]: readonly [Steps, Steps],
  width: number,
): Value {
  const rows = unsqueeze(graph, positionsAlong(graph, queries.value, queries.axis), [0, 2])
  const columns = unsqueeze(graph, positionsAlong(graph, keys.value, keys.axis), [0, 1])
  const distance = unary(graph, binary(graph, 'Sub', [rows, columns]), { op: 'Abs' })
  return compare(graph, 'Less', [distance, graph.integer(width)])
}

/** The steps of `value` along `axis`. */
export interface Steps {
  readonly value: Value
  readonly axis: number
}

/** A mask given as any numbers, of which 0 rules out; Keras 2 takes fractions for what they are. */
export function givenMask(
  { graph, kerasMajor, keywords }: LayerCall,
  name: string,
  mask: Value | undefined,
): Value | undefined {
  if (mask && kerasMajor < 3 && isFloat(mask.datatype)) throw keywords.wrong(name)
  return mask && cast(graph, mask, 'BOOL')
}

/** The argument of a call at `index`, or by `name`; undefined where it is absent or null. */
export function argumentOf(
  call: LayerCall,
  index: number,
  name: string,
): Argument<Value> | undefined {
  const given = call.positional[index]
  if (!given || (given.kind === 'literal' && given.value === null)) return call.keywords.any(name)
  return given
}

/** As `argumentOf`, of an argument that is one tensor. */
export function tensorArgument(call: LayerCall, index: number, name: string): Value | undefined {
  const given = argumentOf(call, index, name)
  if (given && given.kind !== 'tensor') throw call.keywords.wrong(name)
  return given?.tensor
}

/** As `argumentOf`, of an argument that is true or false; false where it is absent. */
export function flagArgument(call: LayerCall, index: number, name: string): boolean {
  const given = argumentOf(call, index, name)
  if (!given) return false
  if (given.kind !== 'literal' || typeof given.value !== 'boolean') throw call.keywords.wrong(name)
  return given.value
}
