import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, cast, reduce, unsqueeze } from '../../../onnx/operators.ts'
import { positionsAlong, sizesOf } from '../../../onnx/sizes.ts'

/** The steps that count of each sample. */
export interface Steps {
  /** How many there are: INT32 of [batch]. */
  readonly lengths: Value
  /** How many there are up to each step, itself included: INT64 of [batch, time]. */
  readonly countedUpTo: Value
  /** All steps, those that count first, each in their own order: INT64 of [batch, time]. */
  readonly order: Value
}

/** The steps that a mask, BOOL of [batch, time], lets count. */
export function stepsThatCount(graph: Graph, mask: Value): Steps {
  const counts = cast(graph, mask, 'INT64')
  const lengths = reduce(graph, cast(graph, mask, 'INT32'), {
    op: 'ReduceSum',
    axes: [1],
    keepsAxes: false,
  })
  const countedUpTo = graph.add({
    op: 'CumSum',
    inputs: [counts, graph.integer(1)],
    shape: mask.shape,
  })
  const size = sizesOf(graph, mask, [1, 2])
  const places = positionsAlong(graph, mask, 1)
  // What counts comes before all else, and what is smaller first.
  const key = binary(graph, 'Sub', [places, binary(graph, 'Mul', [counts, size])])
  const [, order] = graph.addAll(
    {
      op: 'TopK',
      inputs: [key, size],
      attributes: { axis: { int: 1 }, largest: { int: 0 }, sorted: { int: 1 } },
      shape: mask.shape,
      datatype: 'INT64',
    },
    2,
  )
  if (!order) throw new RangeError('Cannot sort steps: there is no order')
  return { lengths, countedUpTo, order }
}

/** The steps of `value`, [batch, time, features], at `places`, INT64 of [batch, time]. */
export function takeSteps(graph: Graph, value: Value, places: Value): Value {
  return graph.add({
    op: 'GatherND',
    inputs: [value, unsqueeze(graph, places, [2])],
    attributes: { batch_dims: { int: 1 } },
    shape: value.shape,
  })
}
