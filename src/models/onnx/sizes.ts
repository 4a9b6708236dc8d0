import type { Graph, Value } from './graph.ts'
import { reshape, squeeze } from './operators.ts'

/** The sizes of `value` when the model runs, of the axes from `start` to before `end`: INT64. */
export function sizesOf(
  graph: Graph,
  value: Value,
  [start, end = value.shape.length]: readonly [start: number, end?: number] = [0],
): Value {
  return graph.add({
    op: 'Shape',
    inputs: [value],
    attributes: { start: { int: start }, end: { int: end } },
    shape: [end - start],
    datatype: 'INT64',
  })
}

/** Lists of sizes as one. */
export function joinSizes(graph: Graph, lists: readonly Value[]): Value {
  const shape = [lists.reduce((sum, list) => sum + (list.shape[0] ?? 0), 0)]
  return graph.add({ op: 'Concat', inputs: lists, attributes: { axis: { int: 0 } }, shape })
}

/** 0, 1, 2 and so on: one INT64 for each element of `value` along `axis`. */
export function positionsAlong(graph: Graph, value: Value, axis: number): Value {
  const count = squeeze(graph, sizesOf(graph, value, [axis, axis + 1]), [0])
  return graph.add({
    op: 'Range',
    inputs: [graph.integer(0), count, graph.integer(1)],
    shape: [value.shape[axis] ?? -1],
    datatype: 'INT64',
  })
}

/** `value` in the shape that `like` has when the model runs: of as many elements. */
export function reshapeLike(graph: Graph, value: Value, like: Value): Value {
  if (like.shape.filter((size) => size === -1).length <= 2 && like.shape[0] === -1)
    return reshape(graph, value, like.shape)
  return graph.add({ op: 'Reshape', inputs: [value, sizesOf(graph, like)], shape: like.shape })
}

/** The size of axes that are put together; -1 where one of them is not known. */
export function joinedSize(sizes: readonly number[]): number {
  return sizes.includes(-1) ? -1 : sizes.reduce((count, size) => count * size, 1)
}
