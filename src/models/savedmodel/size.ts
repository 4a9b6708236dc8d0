import type { Value } from '../onnx/graph.ts'

/** A size: a number, so many times the batch, what an axis has when the model runs, or a step of a loop. */
export type Size = number | Batches | Open | Step

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

/** Whether two sizes are known to be the same. */
export function sameSize(left: Size, right: Size): boolean {
  if (typeof left === 'number' || typeof right === 'number') return left === right
  if ('batches' in left) return 'batches' in right && left.batches === right.batches
  if ('step' in left) {
    return 'step' in right && left.step.name === right.step.name && left.offset === right.offset
  }
  return 'from' in right && left.from.name === right.from.name && left.axis === right.axis
}

/** The product; undefined where it is neither a number nor a multiple of the batch. */
export function times(left: Size, right: Size): Size | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left * right
  if (left === 1) return right
  if (right === 1) return left
  if (left === 0 || right === 0) return 0
  const [count, other] = typeof left === 'number' ? [left, right] : [right, left]
  if (typeof count !== 'number' || typeof other === 'number' || !('batches' in other))
    return undefined
  return { ...other, batches: other.batches * count }
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

/** The quotient, rounded down; undefined where it is neither a number nor a multiple of the batch. */
export function quotient(left: Size, right: Size): Size | undefined {
  if (right === 0) return undefined
  if (sameSize(left, right) || right === 1) return right === 1 ? left : 1
  if (typeof left === 'number' && typeof right === 'number') return Math.floor(left / right)
  if (!isBatches(left)) return undefined
  const count =
    left.batches / (typeof right === 'number' ? right : isBatches(right) ? right.batches : 0)
  if (!Number.isInteger(count)) return undefined
  return typeof right === 'number' ? { ...left, batches: count } : count
}

/** The product of all; undefined where it is neither a number nor a multiple of the batch. */
export function product(sizes: readonly Size[]): Size | undefined {
  let all: Size | undefined = 1
  for (const size of sizes) all = all === undefined ? undefined : times(all, size)
  return all
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
