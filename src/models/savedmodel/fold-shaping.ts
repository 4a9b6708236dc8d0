import { elementCount } from '../../core/tensor.ts'
import { elementKind } from './element-kind.ts'
import { EMPTY, type Fold, isAlike, mapped, type Operand, result } from './fold-operand.ts'
import type { Sizes } from './item.ts'
import { axisOf, type OpCall, wrong } from './op-call.ts'
import type { Size } from './size.ts'
import { indicesOf, readSliceSpec } from './slice-spec.ts'

/** What makes lists of sizes from sizes, and takes them apart. */
export const FOLDED_SHAPING: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ['Pack', pack],
  ['ConcatV2', concatenate],
  ['StridedSlice', slice],
  ['GatherV2', gather],
  ['Range', range],
  ['Cast', cast],
  ['Reshape', (_, [value, shape]) => reshaped(value, shape?.elements)],
  ['ExpandDims', (call, [value, axis]) => expanded(call, value, axis)],
  ['Squeeze', (_, [value]) => reshaped(value, value?.shape.length === 1 ? [] : undefined)],
  ['Fill', (_, [shape, value]) => filled(shape, value)],
  ['Identity', (_, [value]) => value && result(value, value.elements)],
  ['InvertPermutation', (_, [value]) => value && result(value, inverse(value.elements))],
  ['Select', select],
  ['SelectV2', select],
])

function pack({ node }: OpCall, operands: readonly Operand[]): Sizes | undefined {
  const [first = EMPTY] = operands
  if (node.attributes.integer('axis', 0) !== 0) return undefined
  if (operands.some((each) => !isAlike(each, first))) return undefined
  const elements = operands.flatMap((each) => each.elements)
  return result(first, elements, [operands.length, ...first.shape])
}

/** The elements of a vector, each by itself. */
export function unpack({ node }: OpCall, [value = EMPTY]: readonly Operand[]): Sizes[] | undefined {
  const isVector = value.shape.length === 1 && node.attributes.integer('axis', 0) === 0
  return isVector ? value.elements.map((size) => result(value, [size], [])) : undefined
}

function concatenate(_: OpCall, operands: readonly Operand[]): Sizes | undefined {
  const parts = operands.slice(0, -1)
  const [first = EMPTY] = parts
  if (parts.some(({ shape }) => shape.length !== 1)) return undefined
  const elements = parts.flatMap((each) => each.elements)
  return result(first, elements, [elements.length])
}

function slice(call: OpCall, [value = EMPTY]: readonly Operand[]): Sizes | undefined {
  const { axes, result: kept } = readSliceSpec(call, value.shape)
  const shape = kept.map((axis) => (axis === 'new' ? 1 : axis.size))
  const numbers = shape.filter((size) => typeof size === 'number')
  const indices = axes.map(({ range }, axis) => {
    const size = value.shape[axis] ?? 1
    return indicesOf(size, range ?? { start: 0, end: size, step: 1 })
  })
  if (numbers.length !== shape.length || indices.some(({ length }) => length === 0)) {
    return numbers.length === shape.length ? result(value, [], numbers) : undefined
  }
  let positions: readonly number[] = [0]
  for (const [axis, along] of indices.entries()) {
    const width = value.shape[axis] ?? 1
    positions = positions.flatMap((position) => along.map((index) => position * width + index))
  }
  const elements = positions.flatMap((position) => value.elements[position] ?? [])
  if (elements.length !== elementCount(numbers))
    throw wrong(call, 'takes elements that are not there')
  return result(value, elements, numbers)
}

function gather(
  call: OpCall,
  [value = EMPTY, indices = EMPTY]: readonly Operand[],
): Sizes | undefined {
  if (value.shape.length !== 1) return undefined
  const elements = indices.elements.map((index) => {
    const found = typeof index === 'number' ? value.elements[index] : undefined
    if (found === undefined) throw wrong(call, 'takes elements that are not there')
    return found
  })
  return result(value, elements, indices.shape)
}

/** Numbers that a Range may make at once. */
const RANGE_MAX = 65_536

function range(call: OpCall, operands: readonly Operand[]): Sizes | undefined {
  const [start, limit, step] = operands.map(({ elements }) => elements[0])
  if (typeof start !== 'number' || typeof limit !== 'number' || typeof step !== 'number') {
    return undefined
  }
  const count = Math.max(Math.ceil((limit - start) / step), 0)
  if (!(count <= RANGE_MAX)) throw wrong(call, `makes more than ${RANGE_MAX} numbers`)
  const elements = Array.from({ length: count }, (_, index) => start + index * step)
  return result(operands[0] ?? EMPTY, elements, [count])
}

function cast({ node }: OpCall, [value = EMPTY]: readonly Operand[]): Sizes | undefined {
  const { computed } = elementKind(node.attributes.type('DstT'), node.name)
  const isInteger = computed === 'INT32' || computed === 'INT64'
  if (isInteger && value.datatype !== 'FP32') {
    return { ...result(value, value.elements), datatype: computed }
  }
  if (!isInteger && computed !== 'FP32') return undefined
  const numbers = mapped(value, isInteger ? Math.trunc : Math.fround)
  return numbers && { ...numbers, datatype: computed }
}

/** With another shape of as many elements, of which one may be -1. */
function reshaped(value = EMPTY, target: readonly Size[] | undefined): Sizes | undefined {
  const sizes = target?.filter((size) => typeof size === 'number')
  if (!sizes || sizes.length !== target?.length) return undefined
  const rest = value.elements.length / sizes.reduce((all, size) => (size < 0 ? all : all * size), 1)
  const shape = sizes.map((size) => (size < 0 ? rest : size))
  return elementCount(shape) === value.elements.length
    ? result(value, value.elements, shape)
    : undefined
}

function expanded(call: OpCall, value = EMPTY, axis = EMPTY): Sizes {
  const [at] = axis.elements
  const rank = value.shape.length + 1
  const position = axisOf(call, typeof at === 'number' ? at : Number.NaN, rank)
  return result(value, value.elements, value.shape.toSpliced(position, 0, 1))
}

function filled(shape = EMPTY, value = EMPTY): Sizes | undefined {
  const sizes = shape.elements.filter((size) => typeof size === 'number')
  const count = elementCount(sizes)
  const [element] = value.elements
  if (sizes.length !== shape.elements.length || !(count <= RANGE_MAX)) return undefined
  return element === undefined ? undefined : result(value, Array(count).fill(element), sizes)
}

function inverse(axes: readonly Size[]): readonly Size[] {
  return axes.map((_, axis) => axes.indexOf(axis))
}

function select(
  _: OpCall,
  [condition = EMPTY, yes = EMPTY, no = EMPTY]: readonly Operand[],
): Sizes | undefined {
  const [choice, ...more] = condition.elements
  if (typeof choice !== 'number' || more.length > 0 || !isAlike(yes, no)) return undefined
  return choice !== 0 ? result(yes, yes.elements) : result(no, no.elements)
}
