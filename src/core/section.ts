import type { Tensor, TensorSpec } from './tensor.ts'

/** A section of the network, loaded and ready. */
export interface Section {
  /** What the model is, for answers: the first 12 hex digits of its file's SHA-256. */
  readonly version: string
  /** In the model's own order; the first axis of each is the batch (-1 in `shape`). */
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /**
   * Runs a batch: tensors in the order of `inputs`, answers in the order of `outputs`.
   * Throws ERR_TENSOR for a wrong datatype or shape, ERR_MODEL where the model itself fails.
   */
  run(inputs: readonly Tensor[]): Promise<readonly Tensor[]>
  /** Frees the model's memory; `run` is not called any more. */
  close(): Promise<void>
}
