import { sameShape } from '../../core/tensor.ts'
import type { Sizes } from './item.ts'
import type { OpCall } from './op-call.ts'
import type { Size } from './size.ts'

/** Integers that an operation is computed on at once. */
export interface Operand {
  readonly elements: readonly Size[]
  readonly shape: readonly number[]
  readonly datatype: Sizes['datatype']
}

/** How an operation is computed at once; undefined where it is to run in the model. */
export type Fold = (call: OpCall, operands: readonly Operand[]) => Sizes | undefined

/** What stands for an operand that is missing. */
export const EMPTY: Operand = { elements: [], shape: [], datatype: 'INT32' }

/** Elements of the datatype of `like`. */
export function result(
  like: Operand,
  elements: readonly Size[],
  shape: readonly number[] = like.shape,
): Sizes {
  return { kind: 'sizes', datatype: like.datatype, shape, elements }
}

/** Whether two operands have the same shape. */
export function isAlike(left: Operand, right: Operand): boolean {
  return sameShape(left.shape, right.shape)
}

/** Each element changed; undefined where one is no number. */
export function mapped(
  value: Operand | undefined,
  change: (a: number) => number,
): Sizes | undefined {
  const numbers = value?.elements.filter((size) => typeof size === 'number')
  if (!value || numbers?.length !== value.elements.length) return undefined
  return result(value, numbers.map(change))
}
