import { isFloat } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { reshape, toFloat, transpose } from '../../onnx/operators.ts'
import { joinedSize } from '../../onnx/sizes.ts'
import { type LayerCall, type LayerKind, sampleAxis } from '../layer-kind.ts'
import { normalizeLength } from './normalization/unit-normalization.ts'

/** keras.layers.Dot: sums the products along one axis of each of two inputs, sample by sample. */
export const dot: LayerKind = {
  convert: (call) => {
    const { graph, settings, kerasMajor } = call
    const [left, right, ...others] = call.inputs.map((input) => toFloat(graph, input))
    if (!left || !right || others.length > 0) {
      throw settings.refuse(`has ${call.inputs.length} inputs (expected 2)`)
    }
    if (call.inputs.some(({ datatype }) => !isFloat(datatype))) {
      throw settings.refuse(`multiplies integers, which is not supported (floating point is)`)
    }
    const axes = readAxes(call, [left, right])
    const [leftSize, rightSize] = [left.shape[axes[0]], right.shape[axes[1]]]
    if (leftSize !== rightSize && leftSize !== -1 && rightSize !== -1) {
      throw settings.wrong('axes', axes, `axes of one size, not ${leftSize} and ${rightSize}`)
    }
    // Keras 3 binds the length by its epsilon, Keras 2 the square of the length by TensorFlow's.
    const squareMin = kerasMajor < 3 ? 1e-12 : 1e-14
    const isNormalized = settings.flag('normalize', false)
    const [first, second] = [left, right].map((value, index) =>
      isNormalized ? normalizeLength(graph, value, { axes: [axes[index] ?? 1], squareMin }) : value,
    )
    return multiply(call, [first ?? left, second ?? right], axes)
  },
}

function readAxes(call: LayerCall, pair: readonly [Value, Value]): readonly [number, number] {
  const given = call.settings.integers('axes') ?? []
  const [first, second = first] = given
  if (first === undefined || second === undefined || given.length > 2) {
    throw call.settings.wrong('axes', given, 'one axis of each input')
  }
  return [sampleAxis(call, pair[0], first), sampleAxis(call, pair[1], second)]
}

/** A matrix product of each sample: other axes are put together, and taken apart afterwards. */
function multiply(
  { graph }: LayerCall,
  [left, right]: readonly [Value, Value],
  [leftAxis, rightAxis]: readonly [number, number],
): Value {
  const rest = (value: Value, axis: number) =>
    value.shape.map((_, index) => index).filter((index) => index > 0 && index !== axis)
  const [leftRest, rightRest] = [rest(left, leftAxis), rest(right, rightAxis)]
  const leftSizes = leftRest.map((axis) => left.shape[axis] ?? -1)
  const rightSizes = rightRest.map((axis) => right.shape[axis] ?? -1)
  const [rows, columns] = [joinedSize(leftSizes), joinedSize(rightSizes)]
  const size = left.shape[leftAxis] ?? -1
  const rowed = reshape(graph, transpose(graph, left, [0, ...leftRest, leftAxis]), [-1, rows, size])
  const columned = reshape(graph, transpose(graph, right, [0, rightAxis, ...rightRest]), [
    -1,
    size,
    columns,
  ])
  const result = graph.add({ op: 'MatMul', inputs: [rowed, columned], shape: [-1, rows, columns] })
  const shape = [-1, ...leftSizes, ...rightSizes]
  return reshape(graph, result, shape.length === 1 ? [-1, 1] : shape)
}
