import type { Datatype } from '../../../core/tensor.ts'
import type { Attribute, Value } from '../../onnx/graph.ts'
import { elementwise, transpose } from '../../onnx/operators.ts'
import { type Flow, staticShape } from '../item.ts'
import { emit, type OpCall, wrong } from '../op-call.ts'
import { type Size, sameSize } from '../size.ts'

/** Applies `change` to each element of `flow`, before the permutation that it comes from. */
export function mapFlow(call: OpCall, flow: Flow, change: (value: Value) => Value): Flow {
  return { ...flow, value: elementwise(call.graph, flow.value, change) }
}

/** An operator of ONNX that works on each element by itself. */
export interface UnaryOperator {
  readonly op: string
  readonly attributes?: Readonly<Record<string, Attribute>>
  readonly datatype?: Datatype
}

/** `operator` applied to each element of `flow`. */
export function applyTo(call: OpCall, flow: Flow, operator: UnaryOperator): Flow {
  return mapFlow(call, flow, (value) =>
    call.graph.add({ inputs: [value], shape: value.shape, ...operator }),
  )
}

/** An operator of ONNX that takes two tensors, element by element. */
export interface BinaryOperator {
  readonly op: string
  readonly attributes?: Readonly<Record<string, Attribute>>
  /** Of the result; that of the operands if absent. */
  readonly datatype?: Datatype
}

/**
 * Combines two tensors under NumPy's rules of broadcasting. Where one comes from a permutation (an
 * image whose channels ONNX wants first), both are combined before it, as the other allows.
 */
export function combine(call: OpCall, pair: readonly [Flow, Flow], operator: BinaryOperator): Flow {
  const shape = broadcastSizes(call, pair[0].shape, pair[1].shape)
  const permuted = beforePermutation(call, pair, shape.length)
  if (!permuted) return emit(call, { inputs: pair, shape, ...operator })
  const { axes, values } = permuted
  const inner = axes.map((_, axis) => shape[axes.indexOf(axis)])
  const result = emit(call, { inputs: values, shape: inner, ...operator })
  return {
    kind: 'flow',
    value: transpose(call.graph, result.value, axes),
    shape: axes.map((axis) => result.shape[axis] ?? 1),
  }
}

/** The sizes that two shapes broadcast to; undefined where only running tells. */
export function broadcastSizes(
  call: OpCall,
  left: readonly Size[],
  right: readonly Size[],
): readonly (Size | undefined)[] {
  const rank = Math.max(left.length, right.length)
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1
    const b = right[axis - rank + right.length] ?? 1
    if (b === 1 || sameSize(a, b)) return a
    if (a === 1) return b
    if (typeof a !== 'number') return typeof b === 'number' ? b : undefined
    if (typeof b !== 'number') return a
    const shapes = [left, right].map((shape) => `[${staticShape(shape).join(', ')}]`)
    throw wrong(call, `takes shapes ${shapes.join(' and ')}, which do not fit each other`)
  })
}

/** Both operands as they are before the permutation of one of them; undefined where that is none. */
function beforePermutation(
  call: OpCall,
  pair: readonly [Flow, Flow],
  rank: number,
): { readonly axes: readonly number[]; readonly values: readonly Value[] } | undefined {
  const axes = pair.find(({ value }) => value.transposed)?.value.transposed?.axes
  if (axes?.length !== rank) return undefined
  const values: Value[] = []
  for (const { value } of pair) {
    const before = value.transposed
    const isSame =
      before?.axes.length === rank && before.axes.every((axis, to) => axes[to] === axis)
    if (before && isSame) values.push(before.from)
    else if (value.shape.length === 0) values.push(value)
    else if (call.graph.constants.has(value.name)) values.push(permuteConstant(call, value, axes))
    else return undefined
  }
  return { axes, values }
}

/** A constant as it broadcasts to what is permuted by `axes` afterwards. */
function permuteConstant({ graph }: OpCall, value: Value, axes: readonly number[]): Value {
  const shape = [...Array<number>(axes.length - value.shape.length).fill(1), ...value.shape]
  const wide =
    shape.length === value.shape.length
      ? value
      : graph.add({ op: 'Reshape', inputs: [value, graph.integers(shape)], shape })
  return transpose(
    graph,
    wide,
    axes.map((_, axis) => axes.indexOf(axis)),
  )
}
