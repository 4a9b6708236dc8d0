import { isFloat } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { binary, cast, compare, elementwise, unary, where } from '../../onnx/operators.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'
import { isInteger } from './promotion.ts'
import { inKernel } from './reduction.ts'

/** Changes each element of an FP32 value. */
type Change = (operands: Operands, value: Value) => Value

/** A function of each element that gives floats, whatever it is given. */
export function floats(change: Change): Operation {
  return (operands) => {
    const value = operands.as(operands.value('x'), 'FP32')
    return elementwise(operands.graph, value, (inner) => change(operands, inner))
  }
}

/** An operator of ONNX by itself, as `Sqrt`. */
export function floatsBy(op: string): Operation {
  return floats(({ graph }, value) => unary(graph, value, { op }))
}

/** A function of numbers that keeps their datatype, as `Neg`; bools are counted where `counts`. */
export function numbers(
  change: Change,
  { counts = false }: { readonly counts?: boolean } = {},
): Operation {
  return (operands) => {
    const given = operands.value('x')
    const isBool = given.datatype === 'BOOL'
    if (isBool && !counts) throw operands.refuse('takes BOOL')
    const value = isBool ? cast(operands.graph, given, 'INT32') : given
    return inKernel(operands, value, (inner) =>
      elementwise(operands.graph, inner, (each) => change(operands, each)),
    )
  }
}

/** An operator of ONNX that keeps the datatype of numbers. */
export function numbersBy(op: 'Abs' | 'Neg' | 'Sign'): Operation {
  return numbers(({ graph }, value) => unary(graph, value, { op }))
}

/** A rounding: integers stay as they are. */
export function rounded(change: Change): Operation {
  return (operands) => {
    const value = operands.value('x')
    if (operands.has('decimals') && operands.integer('decimals') !== 0)
      throw operands.wrong('decimals', operands.json('decimals'), '0')
    return isFloat(value.datatype) ? floats(change)(operands) : value
  }
}

/** Towards zero. */
export const truncate: Change = ({ graph }, value) => {
  const isBelow = compare(graph, 'Less', [value, graph.scalar(0)])
  const up = unary(graph, value, { op: 'Ceil' })
  const down = unary(graph, value, { op: 'Floor' })
  return where(graph, isBelow, [up, down])
}

/** To the nearest integer; halves to the even one. */
export const nearest: Change = ({ graph }, value) => unary(graph, value, { op: 'Round' })

export const square: Change = ({ graph }, value) => binary(graph, 'Mul', [value, value])

/** 1 / sqrt(x) */
export const inverseRoot: Change = ({ graph }, value) =>
  unary(graph, unary(graph, value, { op: 'Sqrt' }), { op: 'Reciprocal' })

/** The third root, of negative numbers too. */
export const cubeRoot: Change = ({ graph }, value) => {
  const root = binary(graph, 'Pow', [unary(graph, value, { op: 'Abs' }), graph.scalar(1 / 3)])
  return binary(graph, 'Mul', [unary(graph, value, { op: 'Sign' }), root])
}

/** The logarithm to another base. */
export function logarithm(base: number): Change {
  return ({ graph }, value) =>
    binary(graph, 'Mul', [unary(graph, value, { op: 'Log' }), graph.scalar(1 / Math.log(base))])
}

/** x times a number, as degrees to radians. */
export function times(factor: number): Change {
  return ({ graph }, value) => binary(graph, 'Mul', [value, graph.scalar(factor)])
}

/** 2^x */
export const powerOfTwo: Change = ({ graph }, value) =>
  graph.add({ op: 'Pow', inputs: [graph.scalar(2), value], shape: value.shape, datatype: 'FP32' })

/** 1 - erf(x) */
export const complementOfErf: Change = ({ graph }, value) =>
  binary(graph, 'Sub', [graph.scalar(1), unary(graph, value, { op: 'Erf' })])

/** e^x - 1, which near 0 is 2t / (1 - t) with t = tanh(x / 2): the difference would cancel there. */
export const exponentialLessOne: Change = ({ graph }, value) => {
  const half = binary(graph, 'Mul', [value, graph.scalar(0.5)])
  const tangent = unary(graph, half, { op: 'Tanh' })
  const double = binary(graph, 'Mul', [tangent, graph.scalar(2)])
  const near = binary(graph, 'Div', [double, binary(graph, 'Sub', [graph.scalar(1), tangent])])
  const far = binary(graph, 'Sub', [unary(graph, value, { op: 'Exp' }), graph.scalar(1)])
  return nearZero(graph, value, { near, far })
}

/** log(1 + x), which near 0 is log(u) x / (u - 1) with u = 1 + x (Goldberg 1991). */
export const logarithmOfOneMore: Change = ({ graph }, value) => {
  const more = binary(graph, 'Add', [value, graph.scalar(1)])
  const far = unary(graph, more, { op: 'Log' })
  const step = binary(graph, 'Sub', [more, graph.scalar(1)])
  const ratio = binary(graph, 'Div', [binary(graph, 'Mul', [far, value]), step])
  const isLost = compare(graph, 'Equal', [step, graph.scalar(0)])
  const near = where(graph, isLost, [value, ratio])
  return nearZero(graph, value, { near, far })
}

function nearZero(
  graph: Operands['graph'],
  value: Value,
  { near, far }: { readonly near: Value; readonly far: Value },
): Value {
  const distance = unary(graph, value, { op: 'Abs' })
  return where(graph, compare(graph, 'Less', [distance, graph.scalar(0.5)]), [near, far])
}

/** Between two numbers, in the datatype of what it takes. */
export const clipped: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const bounds = [operands.number('x_min'), operands.number('x_max')]
  if (isInteger(value.datatype) && !bounds.every(Number.isSafeInteger))
    throw operands.refuse('takes integers between floats')
  const given = value.datatype === 'BOOL' ? cast(graph, value, 'INT32') : value
  return inKernel(operands, given, (inner) => {
    const limits = bounds.map((number) =>
      operands.as({ type: 'number', shape: [], numbers: [number] }, inner.datatype),
    )
    return graph.add({ op: 'Clip', inputs: [inner, ...limits], shape: inner.shape })
  })
}
