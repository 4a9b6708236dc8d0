import type { Attribute, Graph, Value } from '../../../onnx/graph.ts'
import { binary, cast, unary, unsqueeze } from '../../../onnx/operators.ts'
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
  const rows = unsqueeze(graph, positions(graph, queries), [0, 2])
  const columns = unsqueeze(graph, positions(graph, keys), [0, 1])
  return compare(graph, 'GreaterOrEqual', [rows, columns])
}

/** That each step looks at most at `width` - 1 steps before and after: BOOL of [1, queries, keys]. */
export function windowMask(
  graph: Graph,
  [queries, keys]: readonly [Steps, Steps],
  width: number,
): Value {
  const rows = unsqueeze(graph, positions(graph, queries), [0, 2])
  const columns = unsqueeze(graph, positions(graph, keys), [0, 1])
  const distance = unary(graph, binary(graph, 'Sub', [rows, columns]), { op: 'Abs' })
  return compare(graph, 'Less', [distance, scalar(graph, width)])
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
  if (mask && kerasMajor < 3 && mask.datatype.startsWith('FP')) throw keywords.wrong(name)
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

/** 0, 1, 2 and so on: INT64, one a step. */
function positions(graph: Graph, { value, axis }: Steps): Value {
  const size = value.shape[axis] ?? -1
  const attributes: Record<string, Attribute> = { start: { int: axis }, end: { int: axis + 1 } }
  const datatype = 'INT64'
  const length = graph.add({ op: 'Shape', inputs: [value], attributes, shape: [1], datatype })
  const limit = graph.add({
    op: 'Squeeze',
    inputs: [length, graph.integers([0])],
    shape: [],
    datatype,
  })
  const inputs = [scalar(graph, 0), limit, scalar(graph, 1)]
  return graph.add({ op: 'Range', inputs, shape: [size], datatype })
}

function scalar(graph: Graph, number: number): Value {
  return graph.constant({ datatype: 'INT64', shape: [], data: BigInt64Array.of(BigInt(number)) })
}

function compare(
  graph: Graph,
  op: 'GreaterOrEqual' | 'Less',
  [left, right]: readonly [Value, Value],
): Value {
  const [, rows = -1] = left.shape
  const shape = [1, rows, right.shape[2] ?? left.shape[2] ?? -1]
  return graph.add({ op, inputs: [left, right], shape, datatype: 'BOOL' })
}
