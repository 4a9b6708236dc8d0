import type { NewRecord } from '../core/broker.ts'
import type { Decision } from '../core/decision.ts'
import {
  answerRecord,
  deadLetterRecord,
  type Failure,
  forwardRecord,
  type Sample,
  sampleOf,
} from '../core/outcome.ts'
import { identityOf, provenanceOf } from '../core/provenance.ts'
import type { WrittenSample } from '../core/written-answer.ts'
import type { Target, TierWiring } from './context.ts'
import type { Lane, Taken } from './lane.ts'
import type { Outcome } from './outcomes.ts'
import type { OutcomeKind } from './tier-stats.ts'

/** A decided record and what is known around it. */
export interface Decided {
  readonly lane: Lane
  readonly taken: Taken
  readonly decision: Decision | WrittenSample
  /** Which model answered, `<name>@<version>`. */
  readonly model: string
  /** How often the record was tried. */
  readonly attempts: number
}

/** What is to be written for a decision. */
export function outcomeOf(wiring: TierWiring, decided: Decided): Outcome {
  const { lane, taken, decision, model, attempts } = decided
  const sample = sampleOf(taken.record)
  const { tier, output, upper, reading, labels } = wiring
  if (decision.kind === 'written') return committed(wiring, { lane, taken, kind: decision.as })
  if (decision.kind === 'exit') {
    const { prediction: values, reason } = decision
    const answer = { values, reason, model, reading, labels }
    const record = answerRecord(sample, answer, { ...output, tier })
    return written({ lane, taken, kind: 'exit', sample }, { wiring, target: output, record })
  }
  if (decision.kind === 'forward' && upper) {
    const record = forwardRecord(sample, decision.features, { tier, topic: upper.topic })
    return written({ lane, taken, kind: 'forward', sample }, { wiring, target: upper, record })
  }
  if (decision.kind === 'refuse') {
    return deadLetterOutcome(wiring, { lane, taken, failure: { error: decision.error, attempts } })
  }
  // Without a tier above the rule is `final`, which forwards nothing.
  throw new TypeError(`Cannot forward a sample: tier "${tier}" is the top`)
}

/** The dead letter to be written for a record that cannot be processed. */
export function deadLetterOutcome(
  wiring: TierWiring,
  { lane, taken, failure }: { lane: Lane; taken: Taken; failure: Failure },
): Outcome {
  const sample = sampleOf(taken.record)
  const target = { broker: wiring.input.broker, topic: wiring.deadLetterTopic }
  const record = deadLetterRecord(sample, failure, target.topic)
  return written({ lane, taken, kind: 'dead-letter', sample }, { wiring, target, record })
}

/** Nothing to write, but an offset to commit: the outcome of its first record stands. */
export function duplicateOutcome(
  wiring: TierWiring,
  { lane, taken }: { readonly lane: Lane; readonly taken: Taken },
): Outcome {
  return committed(wiring, { lane, taken, kind: 'duplicate' })
}

/** An offset to commit, for a record whose outcome is durable already. */
function committed(
  { input }: TierWiring,
  { lane, taken, kind }: Pick<Outcome, 'lane' | 'taken' | 'kind'>,
): Outcome {
  const { timeMs } = provenanceOf(taken.record)
  return { lane, taken, kind, broker: input.broker, sizeBytes: 0, timeMs }
}

interface Origin {
  readonly lane: Lane
  readonly taken: Taken
  readonly kind: OutcomeKind
  readonly sample: Sample
}

function written(
  { lane, taken, kind, sample }: Origin,
  { wiring, target, record }: { wiring: TierWiring; target: Target; record: NewRecord },
): Outcome {
  // On the input's own broker one transaction keeps out duplicates; elsewhere the identity must.
  const isOwn = target.broker === wiring.input.broker
  return {
    lane,
    taken,
    kind,
    broker: target.broker,
    record: isOwn ? record : { ...record, once: identityOf(sample.provenance) },
    sizeBytes: record.value.length,
    timeMs: sample.provenance.timeMs,
  }
}
