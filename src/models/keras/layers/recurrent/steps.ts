import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, cast, unsqueeze } from '../../../onnx/operators.ts'

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
  const [batch = -1, time = -1] = mask.shape
  const counts = cast(graph, mask, 'INT64')
  const lengths = graph.add({
    op: 'ReduceSum',
    inputs: [cast(graph, mask, 'INT32'), graph.integers([1])],
    attributes: { keepdims: { int: 0 } },
    shape: [batch],
  })
  const countedUpTo = graph.add({
    op: 'CumSum',
    inputs: [counts, wholeNumber(graph, 1)],
    shape: mask.shape,
  })
  const size = sizeOfTime(graph, mask)
  const end = graph.add({ op: 'Squeeze', inputs: [size], shape: [] })
  const places = graph.add({
    op: 'Range',
    inputs: [wholeNumber(graph, 0), end, wholeNumber(graph, 1)],
    shape: [time],
    datatype: 'INT64',
  })
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

/** One INT64, of shape []. */
export function wholeNumber(graph: Graph, number: number): Value {
  return graph.constant({ datatype: 'INT64', shape: [], data: BigInt64Array.of(BigInt(number)) })
}

/** The size of a mask's time axis when the model runs: INT64 of [1]. */
function sizeOfTime(graph: Graph, mask: Value): Value {
  const attributes = { start: { int: 1 }, end: { int: 2 } }
  return graph.add({ op: 'Shape', inputs: [mask], attributes, shape: [1], datatype: 'INT64' })
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
