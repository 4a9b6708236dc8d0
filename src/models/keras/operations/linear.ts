import { elementCount, isFloat } from '../../../core/tensor.ts'
import { readEquation } from '../../onnx/equation.ts'
import type { Value } from '../../onnx/graph.ts'
import { cast, matMul, reshape, swapLast, transpose } from '../../onnx/operators.ts'
import { meetingDatatype } from './arithmetic.ts'
import { hasBatch } from './axes.ts'
import { readLiteral } from './literal.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'
import { kernelDatatype } from './promotion.ts'

/** The product of matrices in the last two axes; those before are broadcast. */
export const product: Operation = (operands) => {
  const [left, right, back] = factors(operands)
  const flips = ['transpose_a', 'transpose_b'].map(
    (name) => operands.has(name) && operands.flag(name, false),
  )
  const pair = [left, right].map((value, index) =>
    flips[index] ? transposeLast(operands, value) : value,
  )
  return back(multiply(operands, pair[0] ?? left, pair[1] ?? right))
}

/** The last axis of the first with the last but one of the second, which is a constant. */
export const dotted: Operation = (operands) => {
  const [left, right, back] = factors(operands)
  const isMatrix = right.shape.length <= 2 && !hasBatch(right)
  if (!isMatrix) throw operands.refuse('takes a second tensor that is no constant matrix')
  return back(multiply(operands, left, right))
}

/** Both operands in one datatype that has kernels, and the way back from there. */
function factors(operands: Operands): readonly [Value, Value, (result: Value) => Value] {
  const given = [operands.operand('x1'), operands.operand('x2')] as const
  const datatype = meetingDatatype(operands, given)
  const kernel = datatype === 'BOOL' ? undefined : kernelDatatype(datatype)
  const isSmall = /^U?INT8$/.test(datatype)
  if (!kernel || isSmall) throw operands.refuse(`multiplies matrices of ${datatype}`)
  const { graph } = operands
  const [left, right] = given.map((each) => cast(graph, operands.as(each, datatype), kernel))
  if (!left || !right) throw new RangeError('Cannot multiply less than two values')
  return [left, right, (result) => (isFloat(datatype) ? result : cast(graph, result, datatype))]
}

function transposeLast(operands: Operands, value: Value): Value {
  const rank = value.shape.length
  if (rank < 2 || (hasBatch(value) && rank < 3)) throw operands.refuse('transposes the batch')
  return swapLast(operands.graph, value)
}

function multiply(operands: Operands, left: Value, right: Value): Value {
  const [inner, other] = [left.shape.at(-1), right.shape.at(-2) ?? right.shape.at(-1)]
  const isVector = right.shape.length === 1
  const wrong = () => {
    const shapes = [left, right].map(({ shape }) => `[${shape.join(', ')}]`)
    return operands.refuse(
      `multiplies ${shapes.join(' by ')}, which does not fit, or would mix samples`,
    )
  }
  if (left.shape.length < 2 || inner === undefined || right.shape.length === 0) throw wrong()
  if (inner !== other && inner !== -1 && other !== -1) throw wrong()
  if (isVector) {
    const shape = left.shape.slice(0, -1)
    return operands.graph.add({ op: 'MatMul', inputs: [left, right], shape })
  }
  const [before, after] = [left.shape.slice(0, -2), right.shape.slice(0, -2)]
  // Samples are rows, or whole matrices of both; a constant's matrices stand for each sample's.
  const isBelow = (few: readonly number[], many: readonly number[]) =>
    few.length < many.length || (few.length === many.length && few[0] === 1)
  const areApart =
    hasBatch(left) && hasBatch(right)
      ? before.length === after.length && after.length > 0
      : hasBatch(left)
        ? after.length === 0 || isBelow(after, before)
        : after.length > 0 && isBelow(before, after)
  if (!areApart) throw wrong()
  return matMul(operands.graph, left, right)
}

/** The sum of products along axes of both, the second a constant; its other axes come last. */
export const tensordot: Operation = (operands) => {
  const [left, right, back] = factors(operands)
  const axes = operands.json('axes') ?? 2
  const count = Number.isSafeInteger(axes) ? Number(axes) : undefined
  const range = (length: number, from: number) => Array.from({ length }, (_, axis) => axis + from)
  const lists = Array.isArray(axes) && axes.length === 2 ? axes : []
  const given = lists.map((list: unknown) => readLiteral(list)?.numbers ?? [])
  const rank = left.shape.length
  const isCounted = count !== undefined && count > 0 && count < rank && count <= right.shape.length
  const pairs = isCounted ? [range(count, rank - count), range(count, 0)] : given
  const [of = [], by = []] = pairs.map((list, index) => {
    const all = (index === 0 ? left : right).shape.length
    return list.map((axis) => (axis < 0 ? axis + all : axis))
  })
  const sizes = of.map((axis) => left.shape[axis])
  const fits = of.length === by.length && of.every((axis) => axis > 0)
  const isSame = sizes.every(
    (size, index) => size !== undefined && size === right.shape[by[index] ?? -1],
  )
  if (of.length === 0 || !fits || !isSame || new Set([...of]).size !== of.length || hasBatch(right))
    throw operands.wrong('axes', axes, 'axes of a sample and of a constant, of the same sizes')
  const rest = range(rank, 0).filter((axis) => !of.includes(axis))
  const others = range(right.shape.length, 0).filter((axis) => !by.includes(axis))
  const inner = elementCount(sizes.map(Number))
  const tail = others.map((axis) => right.shape[axis] ?? 1)
  const { graph } = operands
  const rows = reshape(graph, transpose(graph, left, [...rest, ...of]), [
    ...rest.map((axis) => left.shape[axis] ?? -1),
    inner,
  ])
  const matrix = reshape(graph, transpose(graph, right, [...by, ...others]), [
    inner,
    elementCount(tail),
  ])
  const result = multiply(operands, rows, matrix)
  return back(reshape(graph, result, [...result.shape.slice(0, -1), ...tail]))
}

/** Einstein's summation, with an explicit result. */
export const einsum: Operation = (operands) => {
  const subscripts = operands.json('subscripts')
  const given = operands.operands('operands')
  if (meetingDatatype(operands, given) !== 'FP32') throw operands.refuse('sums up integers')
  const values = given.map((each) => operands.as(each, 'FP32'))
  const wrong = () => operands.wrong('subscripts', subscripts, 'as "bij,bjk->bik", the batch first')
  const equation = typeof subscripts === 'string' ? readEquation(subscripts) : undefined
  if (!equation || equation.terms.length !== values.length) throw wrong()
  const { text, terms, result } = equation
  if (result === '' || terms.includes('')) throw wrong()
  const sizes = new Map<string, number>()
  values.forEach(({ shape }, index) => {
    const letters = [...(terms[index] ?? '')]
    if (letters.length !== shape.length || new Set(letters).size !== letters.length) throw wrong()
    letters.forEach((letter, axis) => {
      const size = shape[axis] ?? -1
      const known = sizes.get(letter)
      if (known !== undefined && known !== size) throw wrong()
      sizes.set(letter, size)
    })
  })
  const [batch = ''] = result
  const isApart = values.every((value, index) => {
    const places = [...(terms[index] ?? '')].indexOf(batch)
    return hasBatch(value) ? places === 0 : places === -1
  })
  const shape = [...result].map((letter) => sizes.get(letter))
  if (!isApart || new Set(result).size !== result.length || shape.includes(undefined)) throw wrong()
  return operands.graph.add({
    op: 'Einsum',
    inputs: values,
    attributes: { equation: { text } },
    shape: shape.map(Number),
  })
}
