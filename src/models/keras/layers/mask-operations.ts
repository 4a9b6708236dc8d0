import type { Value } from '../../onnx/graph.ts'
import { cast, compare, reduce, toFloat, unary } from '../../onnx/operators.ts'
import type { LayerCall } from '../layer-kind.ts'

/** Which elements of `value` are not `number`, an FP32 of shape []: BOOL. */
export function differs({ graph }: LayerCall, value: Value, number: Value): Value {
  const isFloat = value.datatype === 'FP32' || value.datatype === 'FP64'
  const numbers = isFloat ? value : cast(graph, value, 'INT64')
  const other = cast(graph, number, numbers.datatype)
  return unary(graph, compare(graph, 'Equal', [numbers, other]), { op: 'Not' })
}

/** Whether any element of `value` along `axes` is true, or not zero: BOOL without those axes. */
export function anyAlong({ graph }: LayerCall, value: Value, axes: readonly number[]): Value {
  const truths = toFloat(graph, cast(graph, value, 'BOOL'))
  return cast(graph, reduce(graph, truths, { op: 'ReduceMax', axes, keepsAxes: false }), 'BOOL')
}
