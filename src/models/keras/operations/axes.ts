import type { Value } from '../../onnx/graph.ts'
import { broadcast } from '../../onnx/operators.ts'
import type { Operands } from './operands.ts'
import { isLiteral, type Operand } from './promotion.ts'

/** Whether the first axis of `value` is the batch, whose samples nothing may mix. */
export function hasBatch({ shape }: Operand): boolean {
  return shape[0] === -1
}

/**
 * `axis` counted from the front; ERR_MODEL where it is the batch or does not exist. `name` is the
 * parameter that it comes from.
 */
export function axisOf(
  operands: Operands,
  value: Value,
  { axis, name = 'axis', rank = value.shape.length }: AxisGiven,
): number {
  const first = hasBatch(value) ? 1 : 0
  const positive = axis < 0 ? axis + rank : axis
  if (positive < first || positive >= rank) {
    throw operands.wrong(name, axis, `an axis of ${first} to ${rank - 1}, none of the batch`)
  }
  return positive
}

interface AxisGiven {
  readonly axis: number
  readonly name?: string
  /** Of what the axis is in; that of the value if absent. */
  readonly rank?: number
}

/** The axes that the parameter `axis` lists; all where it is absent, which the batch forbids. */
export function axesOf(operands: Operands, value: Value, name = 'axis'): readonly number[] {
  const given = operands.integers(name)
  const all = value.shape.map((_, axis) => axis)
  if (given === undefined && hasBatch(value))
    throw operands.wrong(name, null, 'axes without the batch')
  const axes = (given ?? all).map((axis) => axisOf(operands, value, { axis, name }))
  if (new Set(axes).size !== axes.length) throw operands.wrong(name, given, 'axes, each once')
  return axes
}

/** The size of `value` along `axis`, which must be known. */
export function sizeAlong(operands: Operands, value: Value, axis: number): number {
  const size = value.shape[axis] ?? -1
  if (size < 0) throw operands.refuse(`takes an input of unknown size along axis ${axis}`)
  return size
}

/** The shape that operands broadcast to, where that mixes no samples. */
export function together(operands: Operands, all: readonly Operand[]): readonly number[] {
  const shapes = all.map(({ shape }) => shape)
  const batched = all.filter((each) => !isLiteral(each) && hasBatch(each))
  const rank = batched[0]?.shape.length
  const fits = shapes.every((shape) => {
    if (rank === undefined) return true
    if (shape.length !== rank) return shape.length < rank && shape[0] !== -1
    return shape[0] === -1 || shape[0] === 1
  })
  if (!fits) {
    const texts = shapes.map((shape) => `[${shape.join(', ')}]`)
    throw operands.refuse(`takes shapes ${texts.join(' and ')}, which would mix samples`)
  }
  return shapes.reduce(broadcast)
}
