import type { Value } from '../../onnx/graph.ts'
import { cast, toFloat, unary } from '../../onnx/operators.ts'
import { quote, refuse } from '../../refuse.ts'
import { type LayerCall, type LayerKind, onlyInput, sampleAxis } from '../layer-kind.ts'

/** keras.ops.not_equal of a tensor and a number, as Keras 3 writes it for Masking and Embedding. */
export const notEqual: LayerKind = {
  convert: (call) => {
    const { graph, settings, positional } = call
    const input = onlyInput(call)
    const [, other] = positional
    const number = other?.kind === 'literal' ? other.value : undefined
    if (positional[0]?.kind !== 'tensor' || typeof number !== 'number') {
      throw refuse(`operation ${quote(settings.place)} compares with no number`)
    }
    return differs(call, input, graph.scalar(number))
  },
}

/** Which elements of `value` are not `number`, an FP32 of shape []: BOOL. */
export function differs({ graph }: LayerCall, value: Value, number: Value): Value {
  const isFloat = value.datatype === 'FP32' || value.datatype === 'FP64'
  const numbers = isFloat ? value : cast(graph, value, 'INT64')
  const other = cast(graph, number, numbers.datatype)
  const { shape } = value
  const equal = graph.add({ op: 'Equal', inputs: [numbers, other], shape, datatype: 'BOOL' })
  return unary(graph, equal, { op: 'Not' })
}

/** keras.ops.any along one axis. */
export const any: LayerKind = {
  convert: (call) => {
    const { settings } = call
    const input = onlyInput(call)
    settings.only('keepdims', false)
    return anyAlong(call, input, sampleAxis(call, input, settings.integer('axis', -1)))
  },
}

/** Whether any element of `value` along `axis` is true, or not zero: BOOL without that axis. */
export function anyAlong({ graph }: LayerCall, value: Value, axis: number): Value {
  const inputs = [toFloat(graph, cast(graph, value, 'BOOL')), graph.integers([axis])]
  const attributes = { keepdims: { int: 0 } }
  const shape = value.shape.toSpliced(axis, 1)
  return cast(graph, graph.add({ op: 'ReduceMax', inputs, attributes, shape }), 'BOOL')
}
