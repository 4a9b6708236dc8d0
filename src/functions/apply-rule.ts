import { OUTPUT_NAMES } from '../core/decisions.ts'
import { exits } from '../core/exit-rule.ts'
import { allFinite, elementCount, rows, type Tensor, toFloats, zeros } from '../core/tensor.ts'
import type { TierRule } from '../core/tier-rule.ts'
import type { NamedTensor } from '../core/v2/message.ts'

/** What a section gave for n samples. */
export interface SectionAnswer {
  /** Shape [n, …], any numbers. */
  readonly prediction: Tensor
  /** Shape [n, …]; absent at the top. */
  readonly features?: Tensor | undefined
}

/**
 * Decides for each sample. Answers `prediction` [n, classes] FP32, `exited` [n] BOOL and `features`
 * [k, …] of the k samples that do not exit, in order; these are absent when k is 0.
 */
export function applyRule(answer: SectionAnswer, rule: TierRule): readonly NamedTensor[] {
  const prediction = asRows(answer.prediction)
  const [count = 0, classes = 0] = prediction.shape
  const exited = new Uint8Array(count)
  const forwarded: number[] = []
  for (let sample = 0; sample < count; sample++) {
    const values = prediction.data.subarray(sample * classes, (sample + 1) * classes)
    if (leaves(values, rule)) exited[sample] = 1
    else forwarded.push(sample)
  }
  const outputs: NamedTensor[] = [
    { name: OUTPUT_NAMES.prediction, ...prediction },
    { name: OUTPUT_NAMES.exited, datatype: 'BOOL', shape: [count], data: exited },
  ]
  if (answer.features && forwarded.length > 0) {
    // The name comes last: a section names its own outputs, too.
    outputs.push({ ...pick(answer.features, forwarded), name: OUTPUT_NAMES.features })
  }
  return outputs
}

function leaves(values: Float32Array, rule: TierRule): boolean {
  if (rule !== 'final') return exits(values, rule)
  return values.length > 0 && allFinite({ datatype: 'FP32', shape: [values.length], data: values })
}

/** A batch as FP32 vectors: [n, classes]. */
function asRows(tensor: Tensor): Tensor & { readonly data: Float32Array } {
  const [count = 0, ...rest] = tensor.shape
  return { datatype: 'FP32', shape: [count, elementCount(rest)], data: toFloats(tensor) }
}

/** The given rows of a batch, copied once; the batch itself where they are all of it. */
function pick(batch: Tensor, indices: readonly number[]): Tensor {
  const [count = 0, ...rest] = batch.shape
  if (indices.length === count) return batch
  const picked = zeros(batch.datatype, [indices.length, ...rest])
  const width = elementCount(rest)
  for (const [row, index] of indices.entries()) {
    // Both have one datatype, hence one class.
    picked.data.set(rows(batch, index, index + 1).data as never, row * width)
  }
  return picked
}
