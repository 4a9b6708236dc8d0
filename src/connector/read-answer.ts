import type { Decision } from '../core/decision.ts'
import { decisionsOf, OUTPUT_NAMES } from '../core/decisions.ts'
import type { TierRule } from '../core/tier-rule.ts'
import type { WrittenSample } from '../core/written-answer.ts'
import { FoglineError, isFoglineError } from '../std/errors.ts'
import type { Fault } from './after-failure.ts'
import type { TierWiring } from './context.ts'
import type { InvocationResult } from './invoke.ts'

/** What an invocation came to, once its answer is read. */
export type ReadAnswer =
  | {
      readonly kind: 'decided'
      /** One a sample. */
      readonly decisions: readonly (Decision | WrittenSample)[]
      /** `<name>@<version>`, or the name of a model without versions; empty for what is written. */
      readonly model: string
    }
  | { readonly kind: 'failed'; readonly fault: Fault; readonly error: FoglineError }

/** Reads the answer for `count` samples; nonsense counts as a failure of the function. */
export function readAnswer(
  result: InvocationResult,
  { wiring, rule, count }: { wiring: TierWiring; rule: TierRule; count: number },
): ReadAnswer {
  if (result.kind === 'failed') return result
  if (result.kind === 'written') return { kind: 'decided', decisions: result.samples, model: '' }
  const { outputs, modelName, modelVersion } = result.response
  const names = wiring.outputNames ?? OUTPUT_NAMES
  try {
    const decisions = decisionsOf(outputs, { count, rule, names })
    return {
      kind: 'decided',
      decisions,
      model: modelVersion ? `${modelName}@${modelVersion}` : modelName,
    }
  } catch (cause) {
    const error = isFoglineError(cause)
      ? cause
      : new FoglineError("Cannot read the function's answer", { code: 'ERR_FUNCTION', cause })
    return { kind: 'failed', fault: 'function', error }
  }
}
