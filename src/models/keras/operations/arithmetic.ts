import { type Datatype, isFloat } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { binary, cast, compare, unary, where } from '../../onnx/operators.ts'
import { together } from './axes.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'
import { commonDatatype, kernelDatatype, type Operand } from './promotion.ts'

/** What two values of one datatype, FP32, INT32 or INT64, become. */
type Pair = (operands: Operands, left: Value, right: Value) => Value

/** An operation of two operands, in the datatype that they meet in. */
export function pairwise(pair: Pair): Operation {
  return (operands) => {
    const given = [operands.operand('x1'), operands.operand('x2')] as const
    return meet(operands, given, pair)
  }
}

/** An operation of two operands that gives floats, whatever they are. */
export function pairwiseFloat(pair: Pair): Operation {
  return (operands) => {
    const given = [operands.operand('x1'), operands.operand('x2')] as const
    together(operands, given)
    // TensorFlow divides larger integers in double precision.
    const isWide = given.some((each) => 'name' in each && /INT(32|64)$/.test(each.datatype))
    if (operands.kerasMajor < 3 && isWide) throw operands.refuse('takes integers')
    return pair(operands, operands.as(given[0], 'FP32'), operands.as(given[1], 'FP32'))
  }
}

/** The datatype that `given` meet in; ERR_MODEL where the file does not say. */
export function meetingDatatype(operands: Operands, given: readonly Operand[]): Datatype {
  const datatype = commonDatatype(given)
  if (!datatype) {
    throw operands.refuse('takes integers, and numbers that may be integers or floats')
  }
  return datatype
}

/** Brings two operands into one datatype that has kernels, applies `pair`, and back. */
function meet(operands: Operands, given: readonly [Operand, Operand], pair: Pair): Value {
  together(operands, given)
  const datatype = meetingDatatype(operands, given)
  const kernel = datatype === 'BOOL' ? undefined : kernelDatatype(datatype)
  if (!kernel) throw operands.refuse(`computes in ${datatype}`)
  const [left, right] = [operands.as(given[0], datatype), operands.as(given[1], datatype)]
  const result = pair(
    operands,
    cast(operands.graph, left, kernel),
    cast(operands.graph, right, kernel),
  )
  return cast(operands.graph, result, isFloat(datatype) ? 'FP32' : datatype)
}

/** Add, Sub, Mul or Div of ONNX. */
export function simply(op: 'Add' | 'Sub' | 'Mul' | 'Div'): Pair {
  return ({ graph }, left, right) => binary(graph, op, [left, right])
}

/** Any other operator of ONNX that takes two values. */
export function plainly(op: 'Pow' | 'Max' | 'Min'): Pair {
  return (operands, left, right) =>
    operands.graph.add({
      op,
      inputs: [left, right],
      shape: together(operands, [left, right]),
      datatype: left.datatype,
    })
}

/** The remainder with the sign of the divisor, as Python has it. */
export const floorMod: Pair = (operands, left, right) => {
  const { graph } = operands
  const shape = together(operands, [left, right])
  const isReal = left.datatype === 'FP32'
  const attributes = { fmod: { int: isReal ? 1 : 0 } }
  const rest = graph.add({ op: 'Mod', inputs: [left, right], attributes, shape })
  if (!isReal) return rest
  const product = binary(graph, 'Mul', [rest, right])
  const isOff = compare(graph, 'Less', [product, graph.scalar(0)])
  return where(graph, isOff, [binary(graph, 'Add', [rest, right]), rest])
}

/** The quotient rounded down. */
export const floorDivide: Pair = (operands, left, right) => {
  const { graph } = operands
  if (left.datatype === 'FP32') {
    return unary(graph, binary(graph, 'Div', [left, right]), { op: 'Floor' })
  }
  const rest = floorMod(operands, left, right)
  return binary(graph, 'Div', [binary(graph, 'Sub', [left, rest]), right])
}

/** The quotient, but 0 where the divisor is. */
export const divideNoNan: Pair = (operands, left, right) => {
  const { graph } = operands
  // Before anything else: it refuses what would mix samples.
  together(operands, [left, right])
  const isZero = compare(graph, 'Equal', [right, graph.scalar(0)])
  return where(graph, isZero, [graph.scalar(0), binary(graph, 'Div', [left, right])])
}
/** (left - right)^2 */
export const squaredDifference: Pair = ({ graph }, left, right) => {
  const difference = binary(graph, 'Sub', [left, right])
  return binary(graph, 'Mul', [difference, difference])
}

/** The sum of a list of tensors of one shape. */
export const addAll: Operation = (operands) => {
  const [first, ...others] = operands.operands('xs')
  if (!first) throw operands.refuse('adds nothing')
  const sum = others.reduce((left, right) => meet(operands, [left, right], simply('Add')), first)
  return operands.as(sum, meetingDatatype(operands, [sum]))
}
