import { elementKind } from './element-kind.ts'
import { EMPTY, type Fold, isAlike, mapped, type Operand, result } from './fold-operand.ts'
import { FOLDED_SHAPING, unpack } from './fold-shaping.ts'
import { datatypeOf, elementsOf, type Item, type Sizes, shapeOf } from './item.ts'
import type { OpCall } from './op-call.ts'
import { minus, plus, product, quotient, type Size, sameSize, times } from './size.ts'

/**
 * Computes at once what works on sizes and small integers: how TensorFlow makes shapes from shapes.
 * Undefined where the operation is to run in the model.
 */
export function fold(call: OpCall): readonly Item[] | undefined {
  const { op } = call.node
  const ofShape = OF_SHAPE.get(op)?.(call)
  if (ofShape) return [ofShape]
  const operands: Operand[] = []
  for (const item of call.inputs) {
    const elements = elementsOf(item)
    if (!elements) return undefined
    const shape = shapeOf(item).map(Number)
    operands.push({ elements, shape, datatype: datatypeOf(item) })
  }
  if (op === 'Unpack') return unpack(call, operands)
  const folded = FOLDS.get(op)?.(call, operands)
  return folded && [folded]
}

/** What looks at the shape of its input only. */
const OF_SHAPE: ReadonlyMap<string, (call: OpCall) => Sizes | undefined> = new Map([
  ['Shape', (call) => sizes(call, 'out_type', shapeOf(call.inputs[0] ?? NOTHING))],
  [
    'Size',
    (call) => {
      const all = product(shapeOf(call.inputs[0] ?? NOTHING))
      return scalar(sizes(call, 'out_type', [all]))
    },
  ],
  ['Rank', (call) => scalar(sizes(call, '', [shapeOf(call.inputs[0] ?? NOTHING).length]))],
])

const NOTHING: Item = { kind: 'list', items: [] }

/** Sizes of the type that attribute `type` says; INT32 if absent. */
function sizes(call: OpCall, type: string, elements: readonly Size[]): Sizes {
  const given = call.node.attributes.type(type)
  const datatype = given === 0 ? 'INT32' : elementKind(given, call.node.name).computed
  return { kind: 'sizes', datatype, shape: [elements.length], elements }
}

function scalar(all: Sizes): Sizes {
  return { ...all, shape: [] }
}

const FOLDS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ...FOLDED_SHAPING,
  ['Add', arithmetic(plus)],
  ['AddV2', arithmetic(plus)],
  ['Sub', arithmetic(minus)],
  ['Mul', arithmetic(times)],
  ['FloorDiv', arithmetic(quotient)],
  ['RealDiv', arithmetic(numeric((a, b) => a / b))],
  ['FloorMod', arithmetic(numeric((a, b) => (b === 0 ? undefined : a - Math.floor(a / b) * b)))],
  ['Maximum', arithmetic(numeric(Math.max))],
  ['Minimum', arithmetic(numeric(Math.min))],
  ['Less', truth((a, b) => a < b)],
  ['LessEqual', truth((a, b) => a <= b)],
  ['Greater', truth((a, b) => a > b)],
  ['GreaterEqual', truth((a, b) => a >= b)],
  ['Equal', truth((a, b) => a === b)],
  ['NotEqual', truth((a, b) => a !== b)],
  ['LogicalAnd', truth((a, b) => a * b !== 0)],
  ['LogicalOr', truth((a, b) => a + b !== 0)],
  ['LogicalNot', (_, [value]) => mapped(value, (a) => (a === 0 ? 1 : 0))],
  ['Neg', (_, [value]) => mapped(value, (a) => -a)],
  ['Prod', reduced(product)],
  [
    'Sum',
    reduced((all) => all.reduce<Size | undefined>((a, b) => (a !== undefined ? plus(a, b) : a), 0)),
  ],
  ['Max', reduced(numericAll(Math.max))],
  ['Min', reduced(numericAll(Math.min))],
  ['All', reduced(numericAll(Math.min))],
  ['Any', reduced(numericAll(Math.max))],
])

/** Element by element, of equal shapes or with a single element. */
function arithmetic(change: (a: Size, b: Size) => Size | undefined): Fold {
  return (_, [left = EMPTY, right = EMPTY]) => {
    const isScalarLeft = left.elements.length === 1 && left.shape.length <= right.shape.length
    const wide = isScalarLeft ? right : left
    if (!isScalarLeft && right.elements.length !== 1 && !isAlike(left, right)) return undefined
    const found = wide.elements.map((_, index) =>
      change(elementAt(left, index), elementAt(right, index)),
    )
    const known = found.filter((size) => size !== undefined)
    if (known.length !== found.length) return undefined
    return rounded(result(left, known, wide.shape))
  }
}

/** Floats are computed in FP32, as TensorFlow does. */
function rounded(sizes: Sizes): Sizes {
  if (sizes.datatype !== 'FP32') return sizes
  const elements = sizes.elements.map((size) =>
    typeof size === 'number' ? Math.fround(size) : size,
  )
  return { ...sizes, elements }
}

function elementAt({ elements }: Operand, index: number): Size {
  return elements[elements.length === 1 ? 0 : index] ?? 0
}

function numeric(change: (a: number, b: number) => number | undefined) {
  return (a: Size, b: Size): Size | undefined => {
    if (sameSize(a, b) && change === Math.max) return a
    return typeof a === 'number' && typeof b === 'number' ? change(a, b) : undefined
  }
}

function truth(compare: (a: number, b: number) => boolean): Fold {
  const change = arithmetic(numeric((a, b) => (compare(a, b) ? 1 : 0)))
  return (call, operands) => {
    const found = change(call, operands)
    return found && { ...found, datatype: 'BOOL' }
  }
}

function numericAll(change: (...all: number[]) => number) {
  return (all: readonly Size[]): Size | undefined => {
    const numbers = all.filter((size) => typeof size === 'number')
    return numbers.length === all.length && all.length > 0 ? change(...numbers) : undefined
  }
}

/** A vector, to one element. */
function reduced(change: (all: readonly Size[]) => Size | undefined): Fold {
  return ({ node }, [value = EMPTY, axes = EMPTY]) => {
    if (value.shape.length === 0) return result(value, value.elements)
    if (value.shape.length > 1 || axes.elements.length !== 1) return undefined
    const found = change(value.elements)
    const shape = node.attributes.flag('keep_dims', false) ? [1] : []
    return found === undefined ? undefined : result(value, [found], shape)
  }
}
