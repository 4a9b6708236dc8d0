import { sameShape } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { reshape, squeeze, unsqueeze } from '../../onnx/operators.ts'
import { meetingDatatype } from './arithmetic.ts'
import { axisOf, hasBatch, sizeAlong } from './axes.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'
import { sliceAlong } from './slicing.ts'

/** Tensors one after the other, along an axis within the sample. */
export const concatenated: Operation = (operands) => {
  const values = listed(operands)
  const [first] = values
  if (!first) throw operands.refuse('joins nothing')
  const axis = axisOf(operands, first, { axis: operands.integer('axis', 0) })
  return join(operands, values, axis)
}

/** Tensors of one shape, along a new axis. */
export const stacked: Operation = (operands) => {
  const values = listed(operands)
  const [first] = values
  if (!first) throw operands.refuse('joins nothing')
  const rank = first.shape.length + 1
  const axis = axisOf(operands, first, { axis: operands.integer('axis', 0), rank })
  return join(
    operands,
    values.map((value) => unsqueeze(operands.graph, value, [axis])),
    axis,
  )
}

/** The values of the list `xs`, in the datatype that they meet in. */
function listed(operands: Operands): readonly Value[] {
  const given = operands.operands('xs')
  const datatype = meetingDatatype(operands, given)
  const values = given.map((each) => operands.as(each, datatype))
  if (!values.every(hasBatch)) throw operands.refuse('joins samples with constants')
  return values
}

/** Joins values along `axis`; their other sizes are the same. */
export function join(operands: Operands, values: readonly Value[], axis: number): Value {
  const [first] = values
  if (!first) throw operands.refuse('joins nothing')
  const others = ({ shape }: Value) => shape.toSpliced(axis, 1)
  if (values.some((value) => !sameShape(others(value), others(first))))
    throw operands.refuse('joins tensors of different shapes')
  const sizes = values.map(({ shape }) => shape[axis] ?? -1)
  const total = sizes.includes(-1) ? -1 : sizes.reduce((sum, size) => sum + size, 0)
  return operands.graph.add({
    op: 'Concat',
    inputs: values,
    attributes: { axis: { int: axis } },
    shape: first.shape.with(axis, total),
  })
}

/** Parts along an axis: as many as it says, or of the sizes or at the places that it says. */
export function parted(by: 'places' | 'sizes'): Operation {
  return (operands) => {
    const value = operands.value('x')
    const axis = axisOf(operands, value, { axis: operands.integer('axis', 0) })
    const size = sizeAlong(operands, value, axis)
    const given = operands.json('parts')
    const sizes = Array.isArray(given)
      ? partSizes(operands, { by, size })
      : equalSizes(operands, size)
    if (sizes.some((each) => each < 0) || sizes.reduce((sum, each) => sum + each, 0) !== size)
      throw operands.wrong('parts', given, `parts of ${size}`)
    const starts = sizes.map((_, index) =>
      sizes.slice(0, index).reduce((sum, each) => sum + each, 0),
    )
    return sizes.map((each, index) =>
      sliceAlong(operands.graph, value, { axis, start: starts[index] ?? 0, size: each }),
    )
  }
}

/** Parts of one model's tensor: no network needs more, and each is an operator. */
const PARTS_MAX = 4096

function equalSizes(operands: Operands, size: number): readonly number[] {
  const count = operands.integer('parts')
  if (count < 1 || count > PARTS_MAX || size % count !== 0)
    throw operands.wrong('parts', count, `a divisor of ${size}, at most ${PARTS_MAX}`)
  return Array<number>(count).fill(size / count)
}

function partSizes(
  operands: Operands,
  { by, size }: { readonly by: 'places' | 'sizes'; readonly size: number },
): readonly number[] {
  const given = operands.integers('parts') ?? []
  if (given.length > PARTS_MAX || given.length === 0)
    throw operands.wrong('parts', given.length, `1 to ${PARTS_MAX} parts`)
  if (by === 'places') {
    const ends = [...given, size]
    return ends.map((end, index) => end - (ends[index - 1] ?? 0))
  }
  const open = given.filter((each) => each === -1).length
  const rest = size - given.reduce((sum, each) => sum + Math.max(each, 0), 0)
  return open === 1 ? given.map((each) => (each === -1 ? rest : each)) : given
}

/** What is along an axis, one by one, without the axis. */
export const unstacked: Operation = (operands) => {
  const value = operands.value('x')
  const axis = axisOf(operands, value, { axis: operands.integer('axis', 0) })
  const count = sizeAlong(operands, value, axis)
  const wanted = operands.has('num') ? operands.integer('num') : count
  if (wanted !== count || count > PARTS_MAX)
    throw operands.wrong('num', wanted, `${count}, at most ${PARTS_MAX}`)
  return Array.from({ length: count }, (_, start) =>
    squeeze(operands.graph, sliceAlong(operands.graph, value, { axis, start, size: 1 }), [axis]),
  )
}

/** The tensor several times along its axes. */
export const tiled: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const given = operands.integers('repeats') ?? []
  const rank = value.shape.length
  const times = [...Array<number>(Math.max(0, rank - given.length)).fill(1), ...given]
  if (
    times.length !== rank ||
    times.some((each) => each < 1) ||
    (hasBatch(value) && times[0] !== 1)
  )
    throw operands.wrong('repeats', given, `${rank} counts, 1 for the batch`)
  const shape = value.shape.map((size, axis) => (size === -1 ? -1 : size * (times[axis] ?? 1)))
  return graph.add({ op: 'Tile', inputs: [value, graph.integers(times)], shape })
}

/** Each element along an axis several times. */
export const repeated: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  if (!operands.has('axis')) throw operands.wrong('axis', null, 'an axis')
  const axis = axisOf(operands, value, { axis: operands.integer('axis') })
  const count = operands.integer('repeats')
  if (count < 1) throw operands.wrong('repeats', count, 'a count')
  const size = sizeAlong(operands, value, axis)
  const apart = unsqueeze(graph, value, [axis + 1])
  const times = apart.shape.map((_, index) => (index === axis + 1 ? count : 1))
  const shape = apart.shape.with(axis + 1, count)
  const tile = graph.add({ op: 'Tile', inputs: [apart, graph.integers(times)], shape })
  const target = value.shape.with(axis, size * count)
  return reshape(graph, tile, target)
}

/** What leaves at one end of an axis comes in at the other. */
export const rolled: Operation = (operands) => {
  const value = operands.value('x')
  const shifts = operands.integers('shift') ?? []
  const axes = operands.has('axis') ? (operands.integers('axis') ?? []) : []
  if (axes.length !== shifts.length || axes.length === 0)
    throw operands.wrong('axis', axes, 'as many axes as shifts')
  return axes.reduce((inner, given, index) => {
    const axis = axisOf(operands, inner, { axis: given })
    const size = sizeAlong(operands, inner, axis)
    const first = (size - ((shifts[index] ?? 0) % size)) % size
    if (first === 0) return inner
    const tail = sliceAlong(operands.graph, inner, { axis, start: first, size: size - first })
    const head = sliceAlong(operands.graph, inner, { axis, start: 0, size: first })
    return join(operands, [tail, head], axis)
  }, value)
}
