import type { Graph, Value } from '../../../onnx/graph.ts'
import { unsqueeze } from '../../../onnx/operators.ts'
import { joinSizes, sizesOf } from '../../../onnx/sizes.ts'

/** [batch, time, ...] as [batch * time, ...] */
export function foldTime(graph: Graph, value: Value): Value {
  const shape = [-1, ...value.shape.slice(2)]
  const sizes = shape.slice(1).includes(-1)
    ? joinSizes(graph, [graph.integers([-1]), sizesOf(graph, value, [2])])
    : graph.integers(shape)
  return graph.add({ op: 'Reshape', inputs: [value, sizes], shape })
}

/** The opposite, with the batch and time of `like`. */
export function unfoldTime(graph: Graph, value: Value, like: Value): Value {
  const shape = [...like.shape.slice(0, 2), ...value.shape.slice(1)]
  const sizes = shape.slice(1).includes(-1)
    ? joinSizes(graph, [sizesOf(graph, like, [0, 2]), sizesOf(graph, value, [1])])
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
