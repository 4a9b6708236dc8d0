import { elementsOf } from './item.ts'
import { integersAt, itemAt, type OpCall, sizesAt, wrong } from './op-call.ts'
import { minus, type Size, sameSize } from './size.ts'

/** What a StridedSlice takes along one axis of its input. */
export interface AxisSlice {
  /** Absent: the whole axis as it is. */
  readonly range?: { readonly start: number; readonly end: number; readonly step: number }
  /** Of what is taken; undefined where only running tells. */
  readonly size: Size | undefined
  /** Whether the axis is dropped, as of one element. */
  readonly isDropped: boolean
}

/** What a StridedSlice does: the axes of its input in order, and where its result has new ones. */
export interface SliceSpec {
  readonly axes: readonly AxisSlice[]
  /** For each axis of the result: of size 1 and new, or what is left of an axis of the input. */
  readonly result: readonly (AxisSlice | 'new')[]
}

/** Bits of a StridedSlice's masks at each position of its begin, end and strides. */
interface Masks {
  readonly begin: number
  readonly end: number
  readonly ellipsis: number
  readonly newAxis: number
  readonly shrink: number
}

/** The end of a slice that has none. */
const ENDLESS: number = 2 ** 31 - 1

/** Reads begin, end, strides and masks of a StridedSlice on a tensor of `shape`. */
export function readSliceSpec(call: OpCall, shape: readonly Size[]): SliceSpec {
  const { attributes } = call.node
  const mask = (name: string) => attributes.integer(`${name}_mask`, 0)
  const masks: Masks = {
    begin: mask('begin'),
    end: mask('end'),
    ellipsis: mask('ellipsis'),
    newAxis: mask('new_axis'),
    shrink: mask('shrink_axis'),
  }
  const strides = integersAt(call, 3)
  const [begins, ends] = [1, 2].map((input) => boundsAt(call, input, strides.length))
  const explicit = strides.filter((_, at) => !has(masks.newAxis, at) && !has(masks.ellipsis, at))
  const isEllipsisGiven = strides.some((_, at) => has(masks.ellipsis, at))
  const spare = shape.length - explicit.length
  if (spare < 0) throw wrong(call, `takes ${explicit.length} axes of ${shape.length}`)
  const axes: AxisSlice[] = []
  const result: (AxisSlice | 'new')[] = []
  const whole = (count: number) => {
    for (let index = 0; index < count; index++) {
      const slice = { size: shape[axes.length], isDropped: false }
      axes.push(slice)
      result.push(slice)
    }
  }
  for (const [at, step] of strides.entries()) {
    if (has(masks.ellipsis, at)) whole(spare)
    else if (has(masks.newAxis, at)) result.push('new')
    else {
      const begin = has(masks.begin, at) ? undefined : begins?.[at]
      const end = has(masks.end, at) ? undefined : ends?.[at]
      const isDropped = has(masks.shrink, at)
      const slice = axisSlice(call, { size: shape[axes.length] ?? 1, step, begin, end, isDropped })
      axes.push(slice)
      if (!isDropped) result.push(slice)
    }
  }
  if (!isEllipsisGiven) whole(spare)
  return { axes, result }
}

function has(mask: number, at: number): boolean {
  return Math.floor(mask / 2 ** at) % 2 === 1
}

/** Bounds may be sizes: x[:batch] takes the whole of an axis. */
function boundsAt(call: OpCall, input: number, length: number): readonly Size[] {
  const bounds = elementsOf(itemAt(call, input)) ? sizesAt(call, input) : integersAt(call, input)
  if (bounds.length !== length) throw wrong(call, 'has begins, ends and strides of unlike lengths')
  return bounds
}

interface AxisBounds {
  readonly size: Size
  readonly step: number
  readonly begin: Size | undefined
  readonly end: Size | undefined
  readonly isDropped: boolean
}

function axisSlice(call: OpCall, { size, step, begin, end, isDropped }: AxisBounds): AxisSlice {
  if (step === 0) throw wrong(call, 'has a stride of 0')
  if (isDropped) {
    const start = begin ?? 0
    if (typeof start !== 'number') throw wrong(call, 'takes one element at a size of the input')
    return {
      range: { start, end: start === -1 ? ENDLESS : start + 1, step: 1 },
      size: 1,
      isDropped,
    }
  }
  const isWhole =
    step === 1 &&
    (begin === undefined || begin === 0) &&
    (end === undefined || end === ENDLESS || sameSize(end, size))
  if (isWhole) return { size, isDropped }
  const start = begin ?? (step > 0 ? 0 : ENDLESS)
  const stop = end ?? (step > 0 ? ENDLESS : -ENDLESS)
  if (typeof start !== 'number' || typeof stop !== 'number') {
    throw wrong(call, 'takes a part that depends on a size of the input')
  }
  const count =
    typeof size === 'number' ? taken(size, { start, end: stop, step }) : rest(size, start)
  return { range: { start, end: stop, step }, size: count, isDropped }
}

/** Nothing is known of a part of an open axis, but that none of it may be left out. */
function rest(size: Size, start: number): Size | undefined {
  return start === 0 ? undefined : minus(size, start)
}

/** How many elements of `size` a range takes, by NumPy's rules. */
function taken(size: number, range: NonNullable<AxisSlice['range']>): number {
  return indicesOf(size, range).length
}

/** The indices that a range takes of an axis of `size` elements, by NumPy's rules. */
export function indicesOf(
  size: number,
  { start, end, step }: NonNullable<AxisSlice['range']>,
): readonly number[] {
  const clamp = (bound: number): number => {
    const counted = bound < 0 ? bound + size : bound
    return step > 0
      ? Math.min(Math.max(counted, 0), size)
      : Math.min(Math.max(counted, -1), size - 1)
  }
  const from = clamp(start)
  const count = Math.max(Math.ceil((clamp(end) - from) / step), 0)
  return Array.from({ length: count }, (_, index) => from + index * step)
}
