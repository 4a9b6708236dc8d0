import type { Graph, Value } from '../../../onnx/graph.ts'
import { unsqueeze } from '../../../onnx/operators.ts'

/** [batch, time, ...] as [batch * time, ...] */
export function foldTime(graph: Graph, value: Value): Value {
  const shape = [-1, ...value.shape.slice(2)]
  const sizes = shape.slice(1).includes(-1)
    ? join(graph, [graph.integers([-1]), sizesOf(graph, value, [2])])
    : graph.integers(shape)
  return graph.add({ op: 'Reshape', inputs: [value, sizes], shape })
}

/** The opposite, with the batch and time of `like`. */
export function unfoldTime(graph: Graph, value: Value, like: Value): Value {
  const shape = [...like.shape.slice(0, 2), ...value.shape.slice(1)]
  const sizes = shape.slice(1).includes(-1)
    ? join(graph, [sizesOf(graph, like, [0, 2]), sizesOf(graph, value, [1])])
    : graph.integers(shape)
  return graph.add({ op: 'Reshape', inputs: [value, sizes], shape })
}

/** A mask, [batch, time], with axes of size 1 added to have `rank` of them. */
export function maskOfRank(graph: Graph, mask: Value, rank: number): Value {
  const axes = Array.from({ length: rank - 2 }, (_, index) => index + 2)
  return unsqueeze(graph, mask, axes)
}

/** `value`, [batch, time, ...], with its last step first. */
export function flipTime(graph: Graph, value: Value): Value {
  const list = (number: number) => graph.integers([number])
  const inputs = [value, list(-1), list(INT64_MIN), list(1), list(-1)]
  return graph.add({ op: 'Slice', inputs, shape: value.shape })
}

/** Beyond the first element: where a slice that runs backwards ends. */
const INT64_MIN: number = -(2 ** 63)

/** The sizes of `value` when the model runs, of some of its axes. */
function sizesOf(graph: Graph, value: Value, [start, end]: readonly [number, number?]): Value {
  const { length } = value.shape.slice(start, end)
  return graph.add({
    op: 'Shape',
    inputs: [value],
    attributes: { start: { int: start }, ...(end !== undefined && { end: { int: end } }) },
    shape: [length],
    datatype: 'INT64',
  })
}

function join(graph: Graph, parts: readonly Value[]): Value {
  const shape = [parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0)]
  return graph.add({ op: 'Concat', inputs: parts, attributes: { axis: { int: 0 } }, shape })
}
