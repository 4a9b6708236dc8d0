import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, reduce, toFloat, unary } from '../../../onnx/operators.ts'
import { type LayerKind, onlyInput, sampleAxis } from '../../layer-kind.ts'

/** keras.layers.UnitNormalization: to a length of 1, along one axis or several. */
export const unitNormalization: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    const { graph, settings, kerasMajor } = call
    const value = toFloat(graph, onlyInput(call))
    const axes = (settings.integers('axis') ?? [-1]).map((axis) => sampleAxis(call, value, axis))
    return normalizeLength(graph, value, { axes, squareMin: kerasMajor < 3 ? 1e-12 : 1e-24 })
  },
}

/** `value` over its length along `axes`; the square of the length counts as `squareMin` at least. */
export function normalizeLength(
  graph: Graph,
  value: Value,
  { axes, squareMin }: { readonly axes: readonly number[]; readonly squareMin: number },
): Value {
  const square = reduce(graph, value, { op: 'ReduceSumSquare', axes, keepsAxes: true })
  const bound = binary(graph, 'Max', [square, graph.scalar(squareMin)])
  return binary(graph, 'Div', [value, unary(graph, bound, { op: 'Sqrt' })])
}
