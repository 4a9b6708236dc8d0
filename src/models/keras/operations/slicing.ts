import type { Graph, Value } from '../../onnx/graph.ts'
import { squeeze, unsqueeze } from '../../onnx/operators.ts'
import { isObject, own } from '../json.ts'
import { axesOf, hasBatch } from './axes.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'

/** What is taken along one axis: as ONNX's Slice has it, with the size that is left (-1: unknown). */
interface Range {
  readonly start: number
  readonly end: number
  readonly step: number
  readonly size: number
}

/** One part of a key: a slice, an index, a new axis or an ellipsis. */
type Part =
  | { readonly kind: 'slice'; readonly bounds: readonly (number | undefined)[] }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'new' }
  | { readonly kind: 'rest' }

/** Indexing as Python's `x[1, :, None, ..., ::-1]`; the batch may only be taken whole. */
export const itemOf: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const parts = readKey(operands, value)
  const ranges: Range[] = []
  const dropped: number[] = []
  const added: number[] = []
  let place = 0
  for (const part of parts) {
    if (part.kind === 'new') {
      added.push(place)
      place += 1
      continue
    }
    const axis = ranges.length
    ranges.push(
      rangeOf(operands, part, {
        size: value.shape[axis] ?? -1,
        isBatch: axis === 0 && hasBatch(value),
      }),
    )
    if (part.kind === 'index') dropped.push(axis)
    else place += 1
  }
  if (added.includes(0) && hasBatch(value)) throw wrongKey(operands)
  const result = unsqueeze(graph, squeeze(graph, slice(graph, value, ranges), dropped), added)
  const sizes = value.sizes && added.length === 0 ? sizesIn(value.sizes, ranges[0]) : undefined
  return sizes ? { ...result, sizes } : result
}

/** What a range takes of a list of sizes. */
function sizesIn(
  sizes: readonly number[],
  range: Range | undefined,
): readonly number[] | undefined {
  if (range?.step !== 1) return undefined
  const start = range.start < 0 ? range.start + sizes.length : range.start
  return sizes.slice(start, start + range.size)
}

/** The parts of the key, an ellipsis resolved: one slice or index for each axis, and new axes. */
function readKey(operands: Operands, value: Value): readonly Part[] {
  const given = operands.argument('key')
  const json = given ? operands.json('key') : undefined
  const list = Array.isArray(json) ? json : [json]
  const parts = list.map((each) => readPart(operands, each))
  const used = parts.filter(({ kind }) => kind === 'slice' || kind === 'index').length
  const left = value.shape.length - used
  const rests = parts.filter(({ kind }) => kind === 'rest').length
  if (left < 0 || rests > 1) throw wrongKey(operands)
  const all = rests === 0 ? [...parts, { kind: 'rest' } as const] : parts
  return all.flatMap((part): readonly Part[] =>
    part.kind === 'rest'
      ? Array.from({ length: left }, () => ({ kind: 'slice', bounds: [] }))
      : [part],
  )
}

function readPart(operands: Operands, json: unknown): Part {
  if (json === null || json === undefined) return { kind: 'new' }
  if (Number.isSafeInteger(json)) return { kind: 'index', index: Number(json) }
  if (!isObject(json)) throw wrongKey(operands)
  const className = own(json, 'class_name')
  if (className === '__ellipsis__') return { kind: 'rest' }
  const config = className === '__slice__' ? own(json, 'config') : json
  if (!isObject(config) || !Object.hasOwn(config, 'stop')) throw wrongKey(operands)
  const bounds = ['start', 'stop', 'step'].map((key) => {
    const bound = own(config, key) ?? undefined
    if (bound !== undefined && !Number.isSafeInteger(bound)) throw wrongKey(operands)
    return bound === undefined ? undefined : Number(bound)
  })
  return { kind: 'slice', bounds }
}

function wrongKey(operands: Operands): Error {
  return operands.wrong('key', operands.json('key') ?? null, 'slices and integers within a sample')
}

function rangeOf(
  operands: Operands,
  part: Part,
  { size, isBatch }: { readonly size: number; readonly isBatch: boolean },
): Range {
  if (part.kind === 'index') {
    const { index } = part
    const isInside = size < 0 || (index >= -size && index < size)
    if (isBatch || !isInside) throw wrongKey(operands)
    return { start: index, end: index === -1 ? FAR : index + 1, step: 1, size: 1 }
  }
  const [start, stop, step = 1] = part.kind === 'slice' ? part.bounds : []
  const isWhole = (start ?? 0) === 0 && stop === undefined && step === 1
  if (isWhole) return { start: 0, end: FAR, step: 1, size }
  if (isBatch || step === 0) throw wrongKey(operands)
  const from = start ?? (step > 0 ? 0 : FAR)
  const end = stop ?? (step > 0 ? FAR : -FAR)
  return { start: from, end, step, size: size < 0 ? -1 : countOf([from, end, step], size) }
}

/** Beyond the end of any axis. */
const FAR = Number.MAX_SAFE_INTEGER

/** How many elements Python's slice takes of `size`. */
function countOf([start, end, step]: readonly [number, number, number], size: number): number {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const clamp = (bound: number) => Math.min(Math.max(bound < 0 ? bound + size : bound, low), high)
  // Only a missing end of a backwards slice lies that far before the beginning.
  const last = end === -FAR ? low : clamp(end)
  return Math.max(0, Math.ceil((last - clamp(start)) / step))
}

/** Adds a Slice of what `ranges` do not take whole. */
function slice(graph: Graph, value: Value, ranges: readonly Range[]): Value {
  const axes = ranges.flatMap(({ start, end, step }, axis) =>
    start === 0 && end === FAR && step === 1 ? [] : [axis],
  )
  if (axes.length === 0) return value
  const of = (key: 'start' | 'end' | 'step') =>
    graph.integers(axes.map((axis) => ranges[axis]?.[key] ?? 0))
  const inputs = [value, of('start'), of('end'), graph.integers(axes), of('step')]
  return graph.add({ op: 'Slice', inputs, shape: ranges.map(({ size }) => size) })
}

/** `value` from `start` on, `size` long, along one axis. */
export function sliceAlong(
  graph: Graph,
  value: Value,
  { axis, start, size }: { readonly axis: number; readonly start: number; readonly size: number },
): Value {
  const ranges = value.shape.map((each, index) =>
    index === axis
      ? { start, end: start + size, step: 1, size }
      : { start: 0, end: FAR, step: 1, size: each },
  )
  return slice(graph, value, ranges)
}

/** Backwards along axes. */
export const flipped: Operation = (operands) => {
  const value = operands.value('x')
  const axes = axesOf(operands, value)
  const ranges = value.shape.map((size, axis) =>
    axes.includes(axis)
      ? { start: FAR, end: -FAR, step: -1, size }
      : { start: 0, end: FAR, step: 1, size },
  )
  return slice(operands.graph, value, ranges)
}
/** tf.slice: begin and size along each axis; -1 takes all that is left. */
export const sliced: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const begin = operands.integers('begin') ?? []
  const sizes = operands.integers('size') ?? []
  const rank = value.shape.length
  if (begin.length !== rank || sizes.length !== rank)
    throw operands.wrong('size', sizes, `${rank} sizes, as many as begins`)
  return begin.reduce((inner, start, axis) => {
    const size = sizes[axis] ?? -1
    const whole = value.shape[axis] ?? -1
    if (start === 0 && size === -1) return inner
    const taken = size === -1 ? whole - start : size
    if (whole < 0 || start < 0 || taken < 0 || start + taken > whole)
      throw operands.wrong('size', sizes, 'a part of a sample')
    return sliceAlong(graph, inner, { axis, start, size: taken })
  }, value)
}
