import { type Datatype, isFloat } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { binary, cast, type Reduction, reduce, unary } from '../../onnx/operators.ts'
import { axesOf, axisOf } from './axes.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'
import { isInteger, kernelDatatype } from './promotion.ts'

type Axes = Omit<Reduction, 'op'>

function readAxes(operands: Operands, value: Value): Axes {
  return { axes: axesOf(operands, value), keepsAxes: operands.flag('keepdims', false) }
}

/** A reduction that gives floats. */
export function reduceFloat(
  op: 'ReduceMean' | 'ReduceLogSumExp' | 'ReduceL1' | 'ReduceL2',
): Operation {
  return (operands) => {
    const value = operands.value('x')
    // TensorFlow's mean of integers is an integer.
    if (operands.kerasMajor < 3 && !isFloat(value.datatype)) throw operands.refuse('takes integers')
    const given = operands.as(value, 'FP32')
    return reduce(operands.graph, given, { op, ...readAxes(operands, value) })
  }
}

/** ReduceMax or ReduceMin: of the datatype of what it takes. */
export function reduceExtreme(op: 'ReduceMax' | 'ReduceMin'): Operation {
  return (operands) => {
    const value = operands.value('x')
    if (operands.has('initial')) throw operands.wrong('initial', operands.json('initial'), 'null')
    return inKernel(operands, value, (inner) =>
      reduce(operands.graph, inner, { op, ...readAxes(operands, value) }),
    )
  }
}

/** ReduceSum or ReduceProd; Keras 3 widens small integers. */
export function reduceTotal(op: 'ReduceSum' | 'ReduceProd'): Operation {
  return (operands) => {
    const value = operands.value('x')
    const widened = operands.kerasMajor >= 3 ? WIDENED.get(value.datatype) : undefined
    if (op === 'ReduceProd' && (widened ?? value.datatype) === 'INT64')
      throw operands.refuse('multiplies INT64')
    return inKernel(operands, operands.as(value, widened ?? value.datatype), (inner) =>
      reduce(operands.graph, inner, { op, ...readAxes(operands, value) }),
    )
  }
}

const WIDENED: ReadonlyMap<Datatype, Datatype> = new Map([
  ['BOOL', 'INT32'],
  ['INT8', 'INT32'],
  ['INT16', 'INT32'],
  ['UINT8', 'UINT32'],
  ['UINT16', 'UINT32'],
])

/** Applies `change` in a datatype that ONNX Runtime has kernels for; the result is as `value`. */
export function inKernel(operands: Operands, value: Value, change: (value: Value) => Value): Value {
  const { datatype } = value
  const kernel = kernelDatatype(datatype)
  if (!kernel) throw operands.refuse(`takes ${datatype}`)
  const result = change(cast(operands.graph, value, kernel))
  return isFloat(datatype) ? result : cast(operands.graph, result, datatype)
}

/** Whether any (ReduceMax), or all (ReduceMin), are true. */
export function reduceLogical(op: 'ReduceMax' | 'ReduceMin'): Operation {
  return (operands) => {
    const { graph } = operands
    const value = operands.value('x')
    const truth = cast(graph, cast(graph, value, 'BOOL'), 'INT32')
    const result = reduce(operands.graph, truth, { op, ...readAxes(operands, value) })
    return cast(graph, result, 'BOOL')
  }
}

/** How many are not zero: INT32. */
export const countNonzero: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const truth = cast(graph, cast(graph, value, 'BOOL'), 'INT32')
  return reduce(operands.graph, truth, {
    op: 'ReduceSum',
    axes: axesOf(operands, value),
    keepsAxes: false,
  })
}

/** The variance, of the whole and not of a sample of it; or its root. */
export function spread(of: 'variance' | 'deviation'): Operation {
  return (operands) => {
    const value = operands.value('x')
    if (operands.kerasMajor < 3 && !isFloat(value.datatype)) throw operands.refuse('takes integers')
    const [, variance] = moments(operands, operands.as(value, 'FP32'), readAxes(operands, value))
    return of === 'variance' ? variance : unary(operands.graph, variance, { op: 'Sqrt' })
  }
}

function moments(
  operands: Operands,
  value: Value,
  { axes, keepsAxes }: Axes,
): readonly [mean: Value, variance: Value] {
  const { graph } = operands
  const center = reduce(operands.graph, value, { op: 'ReduceMean', axes, keepsAxes: true })
  const distance = binary(graph, 'Sub', [value, center])
  const square = binary(graph, 'Mul', [distance, distance])
  const mean = reduce(operands.graph, value, { op: 'ReduceMean', axes, keepsAxes })
  return [mean, reduce(operands.graph, square, { op: 'ReduceMean', axes, keepsAxes })]
}

/** Mean and variance. */
export const meanAndVariance: Operation = (operands) => {
  const value = operands.as(operands.value('x'), 'FP32')
  if (operands.has('synchronized') && operands.flag('synchronized', false))
    throw operands.wrong('synchronized', true, 'false')
  return moments(operands, value, readAxes(operands, value))
}

/** Where the largest (ArgMax) or smallest (ArgMin) is along one axis; the first of equals. */
export function extremeIndex(op: 'ArgMax' | 'ArgMin'): Operation {
  return (operands) => {
    const { graph } = operands
    const value = operands.value('x')
    // TensorFlow's default is the batch, which is refused.
    const fallback = operands.kerasMajor < 3 ? 0 : undefined
    const given = operands.has('axis') ? operands.integer('axis') : fallback
    if (given === undefined) throw operands.wrong('axis', null, 'an axis')
    const axis = axisOf(operands, value, { axis: given })
    const keepsAxes = operands.flag('keepdims', false)
    const shape = value.shape.toSpliced(axis, 1, ...(keepsAxes ? [1] : []))
    const isWide = isInteger(value.datatype) && kernelDatatype(value.datatype) !== 'INT32'
    if (isWide) throw operands.refuse(`takes ${value.datatype}`)
    const kernel = kernelDatatype(value.datatype) ?? 'FP32'
    const attributes = { axis: { int: axis }, keepdims: { int: keepsAxes ? 1 : 0 } }
    const inputs = [cast(graph, value, kernel)]
    const result = graph.add({ op, inputs, attributes, shape, datatype: 'INT64' })
    const wanted =
      operands.kerasMajor < 3 ? operands.choice('output_type', ['int64', 'int32']) : 'int32'
    return cast(graph, result, wanted === 'int64' ? 'INT64' : 'INT32')
  }
}
