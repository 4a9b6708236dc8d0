import { transpose } from '../../onnx/operators.ts'
import { type Flow, sizeList } from '../item.ts'
import {
  axesAt,
  axisOf,
  emit,
  flowAt,
  integerAt,
  type OpCall,
  type OpKind,
  sizesAt,
  wrong,
} from '../op-call.ts'
import { product, quotient, type Size, sameSize, times } from '../size.ts'
import { numberLike } from './arithmetic.ts'
import { broadcastSizes } from './broadcast.ts'

/** What changes the shape of a tensor, or the order of its axes. */
export const SHAPING: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['Reshape', (call) => reshapeTo(call, flowAt(call, 0), sizesAt(call, 1))],
  ['Transpose', transposeOp],
  ['Squeeze', squeezeOp],
  ['ExpandDims', expandDims],
  ['BroadcastTo', broadcastTo],
  ['Tile', tile],
  ['Fill', fill],
  ['ZerosLike', (call) => fillLike(call, 0)],
  ['OnesLike', (call) => fillLike(call, 1)],
])

/** `flow` in another shape of as many elements. */
export function reshapeTo(call: OpCall, flow: Flow, target: readonly Size[]): Flow {
  const shape = resolved(flow.shape, target)
  if (
    shape.length === flow.shape.length &&
    shape.every((size, axis) => isSame(size, flow.shape[axis]))
  )
    return flow
  const unknown = shape.filter((size) => typeof size !== 'number').length
  const sizes = shape.map((size, axis) => {
    if (typeof size === 'number') return size
    if (isSame(size, flow.shape[axis])) return 0
    return unknown === 1 ? -1 : undefined
  })
  const known = sizes.filter((size) => size !== undefined)
  const isKnown = known.length === sizes.length && known.filter((size) => size === -1).length < 2
  const list = isKnown
    ? call.graph.integers(known)
    : sizeList(call.graph, targetSizes(shape, target))
  return emit(call, { op: 'Reshape', inputs: [flow, list], shape })
}

/** For what is only known when the model runs: a size of the input, or -1 for the rest. */
function targetSizes(
  shape: readonly (Size | undefined)[],
  target: readonly Size[],
): readonly Size[] {
  return shape.map((size, axis) => size ?? target[axis] ?? -1)
}

function isSame(left: Size | undefined, right: Size | undefined): boolean {
  return left !== undefined && right !== undefined && sameSize(left, right)
}

/** The target with what -1 stands for. */
function resolved(shape: readonly Size[], target: readonly Size[]): readonly (Size | undefined)[] {
  const given = target.filter((size) => size !== -1)
  if (given.length === target.length) return target
  const left = quotient(product(shape), product(given))
  return target.map((size) => (size === -1 ? left : size))
}

/** `flow` with its axes permuted. */
export function permute(call: OpCall, flow: Flow, axes: readonly number[]): Flow {
  const value = transpose(call.graph, flow.value, axes)
  return { kind: 'flow', value, shape: axes.map((axis) => flow.shape[axis] ?? 1) }
}

function transposeOp(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const axes = axesAt(call, 1, flow.shape.length)
  if (axes.length !== flow.shape.length || new Set(axes).size !== axes.length) {
    throw wrong(call, `permutes ${flow.shape.length} axes by [${axes.join(', ')}]`)
  }
  return permute(call, flow, axes)
}

function squeezeOp(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const rank = flow.shape.length
  const given = call.node.attributes.integers('squeeze_dims', [])
  const axes =
    given.length > 0
      ? given.map((axis) => axisOf(call, axis, rank))
      : [...flow.shape.keys()].filter((axis) => flow.shape[axis] === 1)
  return squeeze(call, flow, axes)
}

/** `flow` without `axes`, which are of size 1. */
export function squeeze(call: OpCall, flow: Flow, axes: readonly number[]): Flow {
  if (axes.some((axis) => typeof flow.shape[axis] === 'number' && flow.shape[axis] !== 1)) {
    throw wrong(call, 'drops an axis that is not of size 1')
  }
  if (axes.length === 0) return flow
  return emit(call, {
    op: 'Squeeze',
    inputs: [flow, call.graph.integers(axes)],
    shape: flow.shape.filter((_, axis) => !axes.includes(axis)),
  })
}

/** `flow` with a new axis of size 1 at `axis`. */
export function unsqueeze(call: OpCall, flow: Flow, axis: number): Flow {
  return emit(call, {
    op: 'Unsqueeze',
    inputs: [flow, call.graph.integers([axis])],
    shape: flow.shape.toSpliced(axis, 0, 1),
  })
}

function expandDims(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  return unsqueeze(call, flow, axisOf(call, integerAt(call, 1), flow.shape.length + 1))
}

function broadcastTo(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const target = sizesAt(call, 1)
  return expand(call, flow, target)
}

function expand(call: OpCall, flow: Flow, target: readonly Size[]): Flow {
  const shape = broadcastSizes(call, flow.shape, target)
  return emit(call, { op: 'Expand', inputs: [flow, sizeList(call.graph, target)], shape })
}

function tile(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const counts = sizesAt(call, 1)
  if (counts.length !== flow.shape.length) throw wrong(call, `repeats ${counts.length} axes`)
  return emit(call, {
    op: 'Tile',
    inputs: [flow, sizeList(call.graph, counts)],
    shape: flow.shape.map((size, axis) => times(size, counts[axis] ?? 1)),
  })
}

function fill(call: OpCall): Flow {
  return expand(call, flowAt(call, 1), sizesAt(call, 0))
}

function fillLike(call: OpCall, number: number): Flow {
  const flow = flowAt(call, 0)
  return expand(call, numberLike(call, flow, number), flow.shape)
}
