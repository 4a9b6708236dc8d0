import type { Value } from '../onnx/graph.ts'

/** A size: a number, or what is only known when the model runs. */
export type Size = number | Batches | Open | Step | Product

/** So many times the number of samples that the model is run on, the first size of input `of`. */
export interface Batches {
  readonly batches: number
  readonly of: Value
}

/** The size that axis `axis` of `from` has when the model runs. */
export interface Open {
  readonly from: Value
  readonly axis: number
}

/** How often a loop has run, and `offset` more. */
export interface Step {
  /** The loop's own count, in the graph of its body. */
  readonly step: Value
  readonly offset: number
}

/** What several sizes are multiplied: at most one number, which is first, and what is not known. */
export interface Product {
  readonly factors: readonly Size[]
}

/** Whether two sizes are known to be the same. */
export function sameSize(left: Size, right: Size): boolean {
  if (typeof left === 'number' || typeof right === 'number') return left === right
  if ('batches' in left) return 'batches' in right && left.batches === right.batches
  if ('step' in left) {
    return 'step' in right && left.step.name === right.step.name && left.offset === right.offset
  }
  if ('factors' in left) {
    const rest = 'factors' in right ? without(right.factors, left.factors) : undefined
    return rest?.length === 0
  }
  return 'from' in right && left.from.name === right.from.name && left.axis === right.axis
}

/** The product of two sizes. */
export function times(left: Size, right: Size): Size {
  return joined([...factorsOf(left), ...factorsOf(right)])
}

/** What a size is the product of: at most one number, which is first, and none of them 1. */
function factorsOf(size: Size): readonly Size[] {
  if (size === 1) return []
  if (typeof size === 'number') return [size]
  if ('factors' in size) return size.factors
  return isBatches(size) && size.batches !== 1 ? [size.batches, { ...size, batches: 1 }] : [size]
}

function joined(factors: readonly Size[]): Size {
  const count = factors.reduce<number>(
    (all, factor) => (typeof factor === 'number' ? all * factor : all),
    1,
  )
  const [open, ...more] = factors.filter((factor) => typeof factor !== 'number')
  if (open === undefined || count === 0) return count
  if (more.length > 0) return { factors: count === 1 ? [open, ...more] : [count, open, ...more] }
  if (isBatches(open)) return { ...open, batches: open.batches * count }
  return count === 1 ? open : { factors: [count, open] }
}

/** `factors` without each of `taken`; undefined where one is not among them. */
function without(factors: readonly Size[], taken: readonly Size[]): readonly Size[] | undefined {
  let rest = factors
  for (const factor of taken) {
    const at = rest.findIndex((each) => sameSize(each, factor))
    if (at < 0) return undefined
    rest = rest.toSpliced(at, 1)
  }
  return rest
}

/** The sum; undefined where it is no size. */
export function plus(left: Size, right: Size): Size | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left + right
  if (left === 0) return right
  if (right === 0) return left
  if (typeof left === 'number') return plus(right, left)
  if (typeof right === 'number') {
    return 'step' in left ? { ...left, offset: left.offset + right } : undefined
  }
  return isBatches(left) && isBatches(right)
    ? batches(left, left.batches + right.batches)
    : undefined
}

/** The difference; undefined where it is neither a number nor a multiple of the batch. */
export function minus(left: Size, right: Size): Size | undefined {
  if (sameSize(left, right)) return 0
  if (typeof right === 'number') return plus(left, -right)
  return isBatches(left) && isBatches(right)
    ? batches(left, left.batches - right.batches)
    : undefined
}

/** The quotient, rounded down; undefined where it is no size. */
export function quotient(left: Size, right: Size): Size | undefined {
  if (right === 0) return undefined
  if (typeof left === 'number' && typeof right === 'number') return Math.floor(left / right)
  const [above, below] = [factorsOf(left), factorsOf(right)]
  const open = (factors: readonly Size[]) => factors.filter((each) => typeof each !== 'number')
  const rest = without(open(above), open(below))
  const count = numberIn(above) / numberIn(below)
  return rest && Number.isInteger(count) ? joined([count, ...rest]) : undefined
}

function numberIn([first]: readonly Size[]): number {
  return typeof first === 'number' ? first : 1
}

/** The product of all. */
export function product(sizes: readonly Size[]): Size {
  return sizes.reduce(times, 1)
}

/** Whether a size is the number of samples itself. */
export function isBatch(size: Size | undefined): boolean {
  return size !== undefined && isBatches(size) && size.batches === 1
}

/** Whether a size grows with the number of samples. */
export function countsSamples(size: Size | undefined): boolean {
  if (size === undefined || typeof size === 'number') return false
  return 'factors' in size ? size.factors.some(countsSamples) : 'batches' in size
}

/** The size as ONNX's graph has it: -1 where it is no number. */
export function staticSize(size: Size): number {
  return typeof size === 'number' ? size : -1
}

function isBatches(size: Size): size is Batches {
  return typeof size !== 'number' && 'batches' in size
}

function batches(like: Batches, count: number): Size {
  return count === 0 ? 0 : { ...like, batches: count }
}
