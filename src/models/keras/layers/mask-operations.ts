import type { Value } from '../../onnx/graph.ts'
import { cast, toFloat, unary } from '../../onnx/operators.ts'
import type { LayerCall } from '../layer-kind.ts'

/** Which elements of `value` are not `number`, an FP32 of shape []: BOOL. */
export function differs({ graph }: LayerCall, value: Value, number: Value): Value {
  const isFloat = value.datatype === 'FP32' || value.datatype === 'FP64'
  const numbers = isFloat ? value : cast(graph, value, 'INT64')
  const other = cast(graph, number, numbers.datatype)
  const { shape } = value
  const equal = graph.add({ op: 'Equal', inputs: [numbers, other], shape, datatype: 'BOOL' })
  return unary(graph, equal, { op: 'Not' })
}

/** Whether any element of `value` along `axis` is true, or not zero: BOOL without that axis. */
export function anyAlong({ graph }: LayerCall, value: Value, axis: number): Value {
  const inputs = [toFloat(graph, cast(graph, value, 'BOOL')), graph.integers([axis])]
  const attributes = { keepdims: { int: 0 } }
  const shape = value.shape.toSpliced(axis, 1)
  return cast(graph, graph.add({ op: 'ReduceMax', inputs, attributes, shape }), 'BOOL')
}
