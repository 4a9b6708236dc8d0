import { cast } from '../../onnx/operators.ts'
import { elementKind } from '../element-kind.ts'
import type { Flow } from '../item.ts'
import {
  axesAt,
  axisOf,
  emit,
  flowAt,
  integerAt,
  type OpCall,
  type OpKind,
  withinSample,
} from '../op-call.ts'

/** What takes many elements to one, or sums along an axis. */
export const REDUCTION: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['Mean', (call) => reduce(call, flowAt(call, 0), 'ReduceMean')],
  ['Sum', (call) => reduce(call, flowAt(call, 0), 'ReduceSum')],
  ['Max', (call) => reduce(call, flowAt(call, 0), 'ReduceMax')],
  ['Min', (call) => reduce(call, flowAt(call, 0), 'ReduceMin')],
  ['Prod', (call) => reduce(call, flowAt(call, 0), 'ReduceProd')],
  ['EuclideanNorm', (call) => reduce(call, flowAt(call, 0), 'ReduceL2')],
  ['All', truths('ReduceMin')],
  ['Any', truths('ReduceMax')],
  ['ArgMax', arg('ArgMax')],
  ['ArgMin', arg('ArgMin')],
  ['Cumsum', cumulate],
])

/** `flow` reduced along the axes of input 1; along none it stays as it is. */
function reduce(call: OpCall, flow: Flow, op: string): Flow {
  const axes = axesAt(call, 1, flow.shape.length)
  if (axes.length === 0) return flow
  withinSample(call, flow, axes)
  const isKept = call.node.attributes.flag('keep_dims', false)
  return emit(call, {
    op,
    inputs: [flow, call.graph.integers(axes)],
    attributes: { keepdims: { int: isKept ? 1 : 0 } },
    shape: flow.shape.flatMap((size, axis) => (axes.includes(axis) ? (isKept ? [1] : []) : [size])),
  })
}

/** ONNX reduces no truths, but integers. */
function truths(op: string): OpKind {
  return (call) => {
    const flow = flowAt(call, 0)
    const numbers = { ...flow, value: cast(call.graph, flow.value, 'INT32') }
    const result = reduce(call, numbers, op)
    return { ...result, value: cast(call.graph, result.value, 'BOOL') }
  }
}

function arg(op: string): OpKind {
  return (call) => {
    const flow = flowAt(call, 0)
    const axis = axisOf(call, integerAt(call, 1), flow.shape.length)
    withinSample(call, flow, [axis])
    const result = emit(call, {
      op,
      inputs: [flow],
      attributes: { axis: { int: axis }, keepdims: { int: 0 } },
      shape: flow.shape.filter((_, each) => each !== axis),
      datatype: 'INT64',
    })
    const type = call.node.attributes.type('output_type')
    const { computed } = type === 0 ? { computed: 'INT64' as const } : elementKind(type, 'a result')
    return { ...result, value: cast(call.graph, result.value, computed) }
  }
}

function cumulate(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const axis = axisOf(call, integerAt(call, 1), flow.shape.length)
  withinSample(call, flow, [axis])
  const flag = (name: string) => ({ int: call.node.attributes.flag(name, false) ? 1 : 0 })
  return emit(call, {
    op: 'CumSum',
    inputs: [flow, call.graph.integers([axis])],
    attributes: { exclusive: flag('exclusive'), reverse: flag('reverse') },
    shape: flow.shape,
  })
}
