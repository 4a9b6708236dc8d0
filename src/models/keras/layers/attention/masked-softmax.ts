import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, reduce, unary, where } from '../../../onnx/operators.ts'

/**
 * What becomes of scores that a mask rules out, which matters only where it rules out all of a row:
 * `lowest` and `shifted` (by -1e9) spread such a row evenly, `zero` leaves nothing of it.
 */
export type RuledOut = 'lowest' | 'shifted' | 'zero'

/** Softmax of `scores` along their last axis, or along `axes` together, under a BOOL `mask`. */
export function maskedSoftmax(
  graph: Graph,
  scores: Value,
  { mask, ruledOut, axes = [-1] }: MaskedSoftmax,
): Value {
  if (!mask) return softmax(graph, scores, axes)
  const low = graph.scalar(ruledOut === 'lowest' ? LOWEST : LARGE_NEGATIVE)
  const other = ruledOut === 'shifted' ? binary(graph, 'Add', [scores, low]) : low
  const result = softmax(graph, where(graph, mask, [scores, other]), axes)
  return ruledOut === 'zero' ? where(graph, mask, [result, graph.scalar(0)]) : result
}

interface MaskedSoftmax {
  readonly mask: Value | undefined
  readonly ruledOut: RuledOut
  readonly axes?: readonly number[]
}

/** Keras' `_get_large_negative`: 0.7 of the lowest FP32. */
const LOWEST = -0.7 * 3.4028234663852886e38
/** Keras' `_large_negative_number`. */
const LARGE_NEGATIVE = -1e9

function softmax(graph: Graph, value: Value, axes: readonly number[]): Value {
  const [axis, ...others] = axes
  if (axis !== undefined && others.length === 0)
    return unary(graph, value, { op: 'Softmax', axis: { int: axis } })
  // As Keras does: where a mask shifts all, what is left is not 1 together, as FP32 has no more digits.
  const total = reduce(graph, value, { op: 'ReduceLogSumExp', axes, keepsAxes: true })
  return unary(graph, binary(graph, 'Sub', [value, total]), { op: 'Exp' })
}
