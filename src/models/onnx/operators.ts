import { type Datatype, elementCount, isFloat, sameShape } from '../../core/tensor.ts'
import { refuse } from '../refuse.ts'
import { ELEMENT_TYPE } from './element-type.ts'
import type { Attribute, Graph, Value } from './graph.ts'

/** An operator that works on each element by itself: the shape stays. */
export function unary(
  graph: Graph,
  value: Value,
  { op, ...attributes }: { readonly op: string } & Readonly<Record<string, Attribute | string>>,
): Value {
  return graph.add({
    op,
    inputs: [value],
    attributes: attributes as Record<string, Attribute>,
    shape: value.shape,
  })
}

/** What joins two values element by element. */
type BinaryOperator = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Max' | 'Min' | 'And' | 'Or'

/** The arithmetic of two values, element by element, under NumPy's rules of broadcasting. */
export function binary(graph: Graph, op: BinaryOperator, pair: readonly [Value, Value]): Value {
  return graph.add({ op, inputs: pair, shape: broadcast(pair[0].shape, pair[1].shape) })
}

/** What compares two values element by element. */
export type Comparison = 'Equal' | 'Greater' | 'GreaterOrEqual' | 'Less' | 'LessOrEqual'

/** The comparison of two values of one datatype, as `binary`: BOOL. */
export function compare(graph: Graph, op: Comparison, pair: readonly [Value, Value]): Value {
  const shape = broadcast(pair[0].shape, pair[1].shape)
  return graph.add({ op, inputs: pair, shape, datatype: 'BOOL' })
}

/** Elements of `kept` where `condition` (BOOL) holds, of `other` elsewhere; all are broadcast. */
export function where(
  graph: Graph,
  condition: Value,
  [kept, other]: readonly [Value, Value],
): Value {
  const shape = broadcast(condition.shape, broadcast(kept.shape, other.shape))
  const { datatype } = kept
  return graph.add({ op: 'Where', inputs: [condition, kept, other], shape, datatype })
}

/** The shape that two shapes broadcast to; ERR_MODEL where they do not. */
export function broadcast(left: readonly number[], right: readonly number[]): readonly number[] {
  const rank = Math.max(left.length, right.length)
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1
    const b = right[axis - rank + right.length] ?? 1
    if (a === b || b === 1) return a
    if (a === 1) return b
    if (a === -1 || b === -1) return Math.max(a, b)
    throw refuse(`shapes [${left.join(', ')}] and [${right.join(', ')}] do not fit each other`)
  })
}

/** `value` with its axes permuted; undoing an earlier permutation gives back the value before it. */
export function transpose(graph: Graph, value: Value, axes: readonly number[]): Value {
  if (axes.every((from, to) => from === to)) return value
  const before = value.transposed
  if (before && axes.every((from, to) => before.axes[from] === to)) return before.from
  const shape = axes.map((axis) => value.shape[axis] ?? 1)
  const result = graph.add({
    op: 'Transpose',
    inputs: [value],
    attributes: { perm: { ints: axes } },
    shape,
  })
  return { ...result, transposed: { from: value, axes } }
}

/**
 * Applies an element-wise `change` to `value`; before the permutation that `value` comes from, so
 * that ONNX Runtime finds a convolution and its activation next to each other, and fuses them.
 */
export function elementwise(graph: Graph, value: Value, change: (value: Value) => Value): Value {
  const { transposed } = value
  return transposed ? transpose(graph, change(transposed.from), transposed.axes) : change(value)
}

/**
 * What `join` makes of `values`; before the permutation that all of them come from, where it is one and
 * the same: axis `i` was `axes[i]` then.
 */
export function joined(
  graph: Graph,
  values: readonly Value[],
  join: (values: readonly Value[], axes: readonly number[] | undefined) => Value,
): Value {
  const axes = values[0]?.transposed?.axes
  const before = values.flatMap(({ transposed }) =>
    transposed && axes && sameShape(transposed.axes, axes) ? [transposed.from] : [],
  )
  return axes && before.length === values.length
    ? transpose(graph, join(before, axes), axes)
    : join(values, undefined)
}

/** `value` in another shape of as many elements; at most one size besides the batch is unknown. */
export function reshape(graph: Graph, value: Value, shape: readonly number[]): Value {
  if (sameShape(value.shape, shape)) return value
  const sizes = shape.map((size, axis) => (axis === 0 && size === -1 ? 0 : size))
  return graph.add({ op: 'Reshape', inputs: [value, graph.integers(sizes)], shape })
}

/** `value` with axes of size 1 put in at `axes`, counted in the result from the front. */
export function unsqueeze(graph: Graph, value: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return value
  const shape = axes
    .toSorted((a, b) => a - b)
    .reduce<readonly number[]>((sizes, axis) => sizes.toSpliced(axis, 0, 1), value.shape)
  return graph.add({ op: 'Unsqueeze', inputs: [value, graph.integers(axes)], shape })
}

/** `value` without `axes`, which are of size 1. */
export function squeeze(graph: Graph, value: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return value
  const shape = value.shape.filter((_, axis) => !axes.includes(axis))
  return graph.add({ op: 'Squeeze', inputs: [value, graph.integers(axes)], shape })
}

/** What takes the elements along some axes, counted from the front, to one. */
export interface Reduction {
  readonly op: `Reduce${string}`
  readonly axes: readonly number[]
  /** Whether they stay as axes of size 1. */
  readonly keepsAxes: boolean
}

/** `value` reduced; along no axes it stays as it is. */
export function reduce(graph: Graph, value: Value, { op, axes, keepsAxes }: Reduction): Value {
  if (axes.length === 0) return value
  const reduced = value.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const shape = keepsAxes ? reduced : reduced.filter((_, axis) => !axes.includes(axis))
  const attributes = { keepdims: { int: keepsAxes ? 1 : 0 } }
  return graph.add({ op, inputs: [value, graph.integers(axes)], attributes, shape })
}

/** The first `count` elements along `axis`, sorted. */
export interface Top {
  readonly count: number
  /** Counted from the front. */
  readonly axis: number
  /** Whether the smallest come first; else the largest do. */
  readonly isRising?: boolean
}

/** The top of `value`, and where it was: INT64. */
export function topOf(
  graph: Graph,
  value: Value,
  { count, axis, isRising = false }: Top,
): readonly [values: Value, places: Value] {
  const shape = value.shape.with(axis, count)
  const [values, places] = graph.addEach(
    {
      op: 'TopK',
      inputs: [value, graph.integers([count])],
      attributes: { axis: { int: axis }, largest: { int: isRising ? 0 : 1 } },
    },
    [{ shape }, { shape, datatype: 'INT64' }],
  )
  if (!values || !places) throw new RangeError('Cannot sort a value: it gave nothing')
  return [values, places]
}

/** The product of matrices in the last two axes; those before are broadcast. */
export function matMul(graph: Graph, left: Value, right: Value): Value {
  const before = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2))
  const shape = [...before, left.shape.at(-2) ?? 1, right.shape.at(-1) ?? 1]
  return graph.add({ op: 'MatMul', inputs: [left, right], shape })
}

/** `value` with its last two axes swapped. */
export function swapLast(graph: Graph, value: Value): Value {
  const rank = value.shape.length
  const axes = value.shape.map((_, axis) => axis).slice(0, -2)
  return transpose(graph, value, [...axes, rank - 1, rank - 2])
}

/** A constant in another shape of as many elements; no element is copied. */
export function reshapeConstant(graph: Graph, value: Value, shape: readonly number[]): Value {
  if (elementCount(shape) !== elementCount(value.shape)) {
    throw refuse(`weights of shape [${value.shape.join(', ')}] do not fit [${shape.join(', ')}]`)
  }
  return graph.add({ op: 'Reshape', inputs: [value, graph.integers(shape)], shape })
}

/** FP32 from any number; a value that is FP32 already as it is. */
export function toFloat(graph: Graph, value: Value): Value {
  return cast(graph, value, 'FP32')
}

/** FP32 from floating-point numbers; integers as they are, as Keras' layers take them. */
export function autocast(graph: Graph, value: Value): Value {
  return isFloat(value.datatype) ? toFloat(graph, value) : value
}

/** `value` as numbers of another datatype. */
export function cast(graph: Graph, value: Value, datatype: Datatype): Value {
  if (value.datatype === datatype) return value
  const attributes = { to: { int: ELEMENT_TYPE[datatype] } }
  return graph.add({ op: 'Cast', inputs: [value], attributes, shape: value.shape, datatype })
}
