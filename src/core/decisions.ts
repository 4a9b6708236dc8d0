import { FoglineError } from '../std/errors.ts'
import type { Decision } from './decision.ts'
import { exits } from './exit-rule.ts'
import { allFinite, describe, elementCount, rows, type Tensor, toFloats } from './tensor.ts'
import type { TierRule } from './tier-rule.ts'
import type { NamedTensor } from './v2/message.ts'

/** The outputs of our own functions, asked with a rule. */
export const OUTPUT_NAMES = {
  /** [n, classes] FP32. */
  prediction: 'prediction',
  /** [n] BOOL. */
  exited: 'exited',
  /** [k, …] of the k samples that did not exit, in order; absent when k is 0. */
  features: 'features',
} as const

/** What was asked of a function, to read its answer by. */
export interface Asked {
  /** Samples in the request. */
  readonly count: number
  readonly rule: TierRule
  /** What a foreign server, which knows no rule, calls its outputs. */
  readonly names: { readonly prediction: string; readonly features?: string | undefined }
}

/**
 * One decision a sample, in order, from what a function answered: its own, or, where it gave no
 * `exited`, the rule's. Throws ERR_FUNCTION for outputs that are missing or of a wrong size.
 */
export function decisionsOf(outputs: readonly NamedTensor[], asked: Asked): readonly Decision[] {
  const exited = outputs.find((output) => output.name === OUTPUT_NAMES.exited)
  return exited ? answered(outputs, { exited, asked }) : judged(outputs, asked)
}

/** The decisions of a function that applied the rule itself. */
function answered(
  outputs: readonly NamedTensor[],
  { exited, asked }: { readonly exited: NamedTensor; readonly asked: Asked },
): readonly Decision[] {
  const { count, rule } = asked
  const prediction = batchOf(outputs, { name: OUTPUT_NAMES.prediction, count })
  if (exited.datatype !== 'BOOL' || elementCount(exited.shape) !== count) {
    throw nonsense(`"exited" is ${describe(exited)} (expected BOOL [${count}])`)
  }
  const flags = Array.from(exited.data as Uint8Array, (flag) => flag !== 0)
  const forwarded = flags.filter((flag) => !flag).length
  const features =
    rule === 'final' || forwarded === 0
      ? undefined
      : batchOf(outputs, { name: OUTPUT_NAMES.features, count: forwarded })
  let row = 0
  return flags.map((flag, index) => {
    if (flag) return exit(rowOf(prediction, index), rule)
    return features ? forward(rowOf(features, row++)) : refuse('prediction')
  })
}

/** The decisions on a model's own outputs. */
function judged(outputs: readonly NamedTensor[], asked: Asked): readonly Decision[] {
  const { count, rule, names } = asked
  const prediction = batchOf(outputs, { name: names.prediction, count })
  const samples = Array.from({ length: count }, (_, index) => index)
  if (rule === 'final') return samples.map((index) => exit(rowOf(prediction, index), rule))
  const features = batchOf(outputs, { name: names.features ?? OUTPUT_NAMES.features, count })
  return samples.map((index) => {
    const values = rowOf(prediction, index)
    return exits(toFloats(values), rule) ? exit(values, rule) : forward(rowOf(features, index))
  })
}

function exit(prediction: Tensor, rule: TierRule): Decision {
  if (!allFinite(prediction)) return refuse('prediction')
  return {
    kind: 'exit',
    prediction: toFloats(prediction),
    reason: rule === 'final' ? 'final' : 'confident',
  }
}

function forward(features: Tensor): Decision {
  return allFinite(features) ? { kind: 'forward', features } : refuse('features')
}

function refuse(what: 'prediction' | 'features'): Decision {
  const error = new FoglineError(`Cannot use ${what}: a value is NaN or infinite`, {
    code: 'ERR_MODEL',
  })
  return { kind: 'refuse', error }
}

/** The output called `name`, which must have `count` rows. */
function batchOf(
  outputs: readonly NamedTensor[],
  { name, count }: { readonly name: string; readonly count: number },
): NamedTensor {
  const output = outputs.find((candidate) => candidate.name === name)
  if (!output) {
    const given = outputs.map((candidate) => `"${candidate.name}"`).join(', ') || 'none'
    throw nonsense(`output "${name}" is missing (given: ${given})`)
  }
  if (output.shape[0] === count && output.data.length > 0) return output
  throw nonsense(`output "${name}" is ${describe(output)} (expected ${count} samples)`)
}

/** One sample of a batch, without the batch axis; a view. */
function rowOf(batch: Tensor, index: number): Tensor {
  const row = rows(batch, index, index + 1)
  return { ...row, shape: row.shape.slice(1) }
}

function nonsense(state: string): FoglineError {
  return new FoglineError(`Cannot read the function's answer: ${state}`, { code: 'ERR_FUNCTION' })
}
