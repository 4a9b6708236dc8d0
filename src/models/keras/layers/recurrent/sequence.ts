import type { Value } from '../../../onnx/graph.ts'

/** What a cell is to go through. */
export interface Sequence {
  /** [batch, time, ...] */
  readonly input: Value
  /** The states before the first step; zeros if there are none. */
  readonly initial: readonly Value[]
  /** Which steps count, BOOL of [batch, time]; the others leave states and output as they are. */
  readonly mask: Value | undefined
  /** Whether the output of a step that does not count is zero. */
  readonly isZeroMasked: boolean
  readonly isBackwards: boolean
  /** Whether Keras writes the steps out one by one, which it does with a difference of its own. */
  readonly isUnrolled: boolean
  /** Whether the outputs of all steps are wanted, and not only the last. */
  readonly isWhole: boolean
}

/** What came of it. */
export interface Recurrence {
  /** Of all steps in the order of the input, [batch, time, ...], or the last one, [batch, ...]. */
  readonly output: Value
  /** After the last step. */
  readonly states: readonly Value[]
}
