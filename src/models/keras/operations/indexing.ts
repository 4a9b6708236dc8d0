import { isFloat, sameShape } from '../../../core/tensor.ts'
import { cast, compare, unsqueeze } from '../../onnx/operators.ts'
import { meetingDatatype } from './arithmetic.ts'
import { axisOf, hasBatch, sizeAlong } from './axes.ts'
import { datatypeNamed } from './conversion.ts'
import type { Operation } from './operation.ts'
import { isInteger, isLiteral } from './promotion.ts'

/** Elements along an axis, at indices that are constants; or rows of a constant, at those of samples. */
export const taken: Operation = (operands) => {
  const { graph } = operands
  const source = operands.operand('x')
  const indices = operands.operand('indices')
  for (const name of ['batch_dims', 'validate_indices']) {
    if (operands.has(name) && operands.integer(name) !== 0)
      throw operands.wrong(name, operands.json(name), '0')
  }
  const type = isLiteral(indices) ? indices.type : indices.datatype
  if (!isLiteral(indices) && !isInteger(indices.datatype))
    throw operands.refuse(`takes indices of ${type}`)
  const fallback = operands.kerasMajor < 3 ? 0 : undefined
  const given = operands.has('axis') ? operands.integer('axis') : fallback
  if (given === undefined) throw operands.wrong('axis', null, 'an axis')
  if (isLiteral(source)) {
    if (given !== 0 || isLiteral(indices)) throw operands.wrong('axis', given, '0')
    const table = operands.as(source, meetingDatatype(operands, [source]))
    const inputs = [table, cast(graph, indices, 'INT64')]
    const shape = [...indices.shape, ...source.shape.slice(1)]
    return graph.add({ op: 'Gather', inputs, attributes: { axis: { int: 0 } }, shape })
  }
  if (!isLiteral(indices)) throw operands.refuse('takes elements at indices that are no constants')
  const axis = axisOf(operands, source, { axis: given })
  const size = sizeAlong(operands, source, axis)
  if (indices.numbers.some((index) => index < -size || index >= size))
    throw operands.wrong('indices', indices.numbers.slice(0, 4), `-${size} to ${size - 1}`)
  return graph.add({
    op: 'Gather',
    inputs: [source, operands.as(indices, 'INT64')],
    attributes: { axis: { int: axis } },
    shape: [...source.shape.slice(0, axis), ...indices.shape, ...source.shape.slice(axis + 1)],
  })
}

/** One element along an axis for each index in a tensor of the same other sizes. */
export const takenAlong: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const indices = operands.value('indices')
  if (!operands.has('axis')) throw operands.wrong('axis', null, 'an axis')
  const axis = axisOf(operands, value, { axis: operands.integer('axis') })
  const fits = sameShape(indices.shape.toSpliced(axis, 1), value.shape.toSpliced(axis, 1))
  if (!fits || !hasBatch(indices) || !isInteger(indices.datatype))
    throw operands.refuse(`takes indices of shape [${indices.shape.join(', ')}]`)
  return graph.add({
    op: 'GatherElements',
    inputs: [value, cast(graph, indices, 'INT64')],
    attributes: { axis: { int: axis } },
    shape: indices.shape,
  })
}

/** Classes of one-hot vectors, at most: the largest vocabularies have a quarter of it. */
const CLASSES_MAX = 2 ** 20

/** 1 at the class, 0 elsewhere, along a new last axis; no class, no 1. */
export const oneHot: Operation = (operands) => {
  const { graph } = operands
  const indices = operands.value('x')
  if (!isInteger(indices.datatype)) throw operands.refuse(`takes classes of ${indices.datatype}`)
  const count = operands.integer('num_classes')
  const rank = indices.shape.length
  const axis = operands.integer('axis', -1)
  if (count < 1 || count > CLASSES_MAX)
    throw operands.wrong('num_classes', count, `1 to ${CLASSES_MAX}`)
  if (axis !== -1 && axis !== rank) throw operands.wrong('axis', axis, '-1')
  for (const [name, value] of [
    ['on_value', 1],
    ['off_value', 0],
  ] as const) {
    if (operands.number(name, value) !== value)
      throw operands.wrong(name, operands.json(name), `${value}`)
  }
  if (operands.has('sparse') && operands.flag('sparse', false))
    throw operands.wrong('sparse', true, 'false')
  const datatype = datatypeNamed(operands) ?? 'FP32'
  const classes = operands.as(
    { type: 'int', shape: [count], numbers: Array.from({ length: count }, (_, each) => each) },
    'INT64',
  )
  const apart = unsqueeze(graph, cast(graph, indices, 'INT64'), [rank])
  const hits = compare(graph, 'Equal', [apart, classes])
  return cast(graph, hits, isFloat(datatype) ? 'FP32' : datatype)
}
