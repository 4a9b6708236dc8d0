import { elementCount } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { cast, reshape, squeeze, transpose, unsqueeze } from '../../onnx/operators.ts'
import { sizesOf } from '../../onnx/sizes.ts'
import { axesOf, axisOf, hasBatch } from './axes.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'

/**
 * Another shape of as many elements: the batch stays what it is, one other size may be -1; it takes up
 * a size that is only known when the model runs.
 */
export const reshaped: Operation = (operands) => {
  const value = operands.value('x')
  const target = operands.sizes('newshape')
  const [batch, ...sizes] = target
  const open = value.shape.slice(1).filter((size) => size === -1).length
  const count = elementCount(value.shape.slice(1).filter((size) => size !== -1))
  const known = elementCount(sizes.filter((size) => size !== -1))
  const isOpen = sizes.includes(-1)
  const fits = isOpen ? known > 0 && count % known === 0 : known === count && open === 0
  const isOne = open <= 1 && sizes.indexOf(-1) === sizes.lastIndexOf(-1)
  if (batch !== -1 || !fits || !isOne || sizes.some((size) => size < -1))
    throw operands.wrong('newshape', target, `-1 for the batch, then sizes of ${count} elements`)
  const rest = open === 1 ? -1 : count / known
  return reshape(operands.graph, value, [-1, ...sizes.map((size) => (size === -1 ? rest : size))])
}

/** The axes in another order; the batch stays the first. */
export const transposed: Operation = (operands) => {
  const value = operands.value('x')
  const rank = value.shape.length
  const given = operands.integers('axes') ?? value.shape.map((_, axis) => rank - 1 - axis)
  return permute(operands, value, { axes: given, name: 'axes' })
}

function permute(
  operands: Operands,
  value: Value,
  { axes, name }: { readonly axes: readonly number[]; readonly name: string },
): Value {
  const rank = value.shape.length
  const positive = axes.map((axis) => (axis < 0 ? axis + rank : axis))
  const isWhole = positive.toSorted((a, b) => a - b).every((axis, index) => axis === index)
  if (positive.length !== rank || !isWhole || (hasBatch(value) && positive[0] !== 0))
    throw operands.wrong(name, axes, `the axes 0 to ${rank - 1}, the batch first`)
  return transpose(operands.graph, value, positive)
}

/** Two axes change places. */
export const swapped: Operation = (operands) => {
  const value = operands.value('x')
  const [one, other] = ['axis1', 'axis2'].map((name) =>
    axisOf(operands, value, { axis: operands.integer(name), name }),
  )
  const axes = value.shape.map((_, axis) => (axis === one ? other : axis === other ? one : axis))
  return permute(operands, value, { axes: axes.map(Number), name: 'axis1' })
}

/** Axes go elsewhere; the others keep their order. */
export const moved: Operation = (operands) => {
  const value = operands.value('x')
  const [source = [], target = []] = ['source', 'destination'].map((name) =>
    (operands.integers(name) ?? []).map((axis) => axisOf(operands, value, { axis, name })),
  )
  if (source.length !== target.length || new Set(source).size !== source.length)
    throw operands.wrong('destination', target, 'as many axes as there are sources')
  const rest = value.shape.map((_, axis) => axis).filter((axis) => !source.includes(axis))
  const axes = value.shape.map((_, to) => source[target.indexOf(to)] ?? -1)
  const order = axes.map((axis) => (axis === -1 ? (rest.shift() ?? -1) : axis))
  return permute(operands, value, { axes: order, name: 'destination' })
}

/** Without the axes of size 1 that it names; without all such, if it names none. */
export const squeezed: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const ones = value.shape.flatMap((size, axis) => (size === 1 ? [axis] : []))
  const given = operands.integers('axis')
  const isAll = given === undefined || given.length === 0
  if (isAll && value.shape.indexOf(-1, 1) > 0) throw operands.wrong('axis', null, 'axes')
  const axes = isAll ? ones : axesOf(operands, value)
  if (axes.some((axis) => value.shape[axis] !== 1))
    throw operands.wrong('axis', given, `axes of size 1, of [${value.shape.join(', ')}]`)
  return squeeze(graph, value, axes)
}

/** With new axes of size 1, which are counted in the result. */
export const expanded: Operation = (operands) => {
  const value = operands.value('x')
  const given = operands.integers('axis') ?? []
  const rank = value.shape.length + given.length
  const axes = given.map((axis) => axisOf(operands, value, { axis, rank }))
  if (axes.length === 0 || new Set(axes).size !== axes.length)
    throw operands.wrong('axis', given, 'an axis, or several')
  return unsqueeze(operands.graph, value, axes)
}

/** The shape of a tensor, INT32: sizes that are known when the model is read may be used as such. */
export const shapeOf: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const datatype = operands.choice('out_type', ['int32', 'int64']) === 'int32' ? 'INT32' : 'INT64'
  const sizes = sizesOf(graph, value)
  const known = value.shape.map((size, axis) => (size === -1 && axis > 0 ? Number.NaN : size))
  return { ...cast(graph, sizes, datatype), sizes: known }
}
