import type { Graph, GraphNode } from './graph.ts'
import { multiplyAccumulates, type ShapeOf } from './multiply-accumulates.ts'

/** The value whose axis 1 is the steps of a loop that Fogline made: the last that a Scan reads. */
export function stepsOf({ op, inputs }: Pick<GraphNode, 'op' | 'inputs'>): readonly string[] {
  return op === 'Scan' ? inputs.slice(-1) : []
}

/**
 * The multiply-accumulates of a loop of `graph`, for one sample: those of a step, times the steps that
 * `shapeOf` has seen. Undefined for what is no such loop, or where a size is not known.
 */
export function loopCost(graph: Graph, node: GraphNode, shapeOf: ShapeOf): number | undefined {
  const { body } = node.attributes
  const [read] = stepsOf(node)
  const steps = read === undefined ? undefined : shapeOf(read)?.[1]
  if (!body || !('graph' in body) || steps === undefined) return undefined
  const within = body.graph
  const shapeWithin: ShapeOf = (name) => {
    const shape = (within.values.get(name) ?? graph.values.get(name))?.shape
    return shape?.[0] === -1 ? [1, ...shape.slice(1)] : shape
  }
  let sum = 0
  for (const each of within.nodes) {
    const count = multiplyAccumulates(each, shapeWithin)
    if (count === undefined) return undefined
    sum += count
  }
  return steps * sum
}
