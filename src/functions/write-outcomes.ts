import type { ExitReading } from '../core/answer.ts'
import type { AnswerFormat } from '../core/answer-format.ts'
import type { NewRecord, ReceivedRecord } from '../core/broker.ts'
import type { Decision } from '../core/decision.ts'
import { decisionsOf, OUTPUT_NAMES } from '../core/decisions.ts'
import { answerRecord, forwardRecord, type Sample, sampleOf } from '../core/outcome.ts'
import { identityOf } from '../core/provenance.ts'
import type { TierRule } from '../core/tier-rule.ts'
import type { WrittenSample } from '../core/written-answer.ts'
import { FoglineError } from '../std/errors.ts'
import { applyRule, type SectionAnswer } from './apply-rule.ts'
import type { Downstream } from './downstream.ts'
import { type RefusedRecord, writeByFunnel } from './funnel-client.ts'

/** How a tier decides, and where its outcomes go, in the inference function's own configuration. */
export interface FunnelledTier {
  readonly tier: string
  readonly rule: TierRule
  readonly reading: ExitReading
  readonly labels?: readonly string[] | undefined
  readonly format: AnswerFormat
  /** `<name>@<version>`. */
  readonly model: string
  /** The funnel that takes answers. */
  readonly exit: Pick<Downstream, 'post' | 'url'>
  /** The funnel that takes features; absent at the top. */
  readonly next?: Pick<Downstream, 'post' | 'url'> | undefined
}

/**
 * Decides for each sample and writes what follows by the tier's funnels, both at a time: the very
 * records that a connector would write. Resolves once all are durable; throws ERR_UNAVAILABLE where
 * they are not, and ERR_REQUEST where samples and records differ in number.
 */
export async function writeOutcomes(
  answer: SectionAnswer,
  records: readonly ReceivedRecord[],
  tier: FunnelledTier,
): Promise<readonly WrittenSample[]> {
  const count = answer.prediction.shape[0] ?? 0
  if (records.length !== count) {
    throw new FoglineError(
      `Cannot write outcomes: ${records.length} records are carried (expected ${count})`,
      { code: 'ERR_REQUEST' },
    )
  }
  const { rule } = tier
  const decisions = decisionsOf(applyRule(answer, rule), { count, rule, names: OUTPUT_NAMES })
  const planned = decisions.map((decision, index) => planOf(decision, records[index], tier))
  const sent = await Promise.allSettled([
    send(planned, { as: 'exit', funnel: tier.exit }),
    send(planned, { as: 'forward', funnel: tier.next }),
  ])
  const refused = new Map<number, FoglineError>()
  for (const one of sent) {
    if (one.status === 'rejected') throw one.reason
    for (const { index, error } of one.value) refused.set(index, error)
  }
  return planned.map((plan, index): WrittenSample => {
    const error = plan.kind === 'refuse' ? plan.error : refused.get(index)
    if (error) return { kind: 'refuse', error }
    return { kind: 'written', as: plan.kind === 'forward' ? 'forward' : 'exit' }
  })
}

type Plan =
  | { readonly kind: 'exit' | 'forward'; readonly record: NewRecord }
  | Extract<Decision, { readonly kind: 'refuse' }>

function planOf(decision: Decision, record: ReceivedRecord | undefined, tier: FunnelledTier): Plan {
  if (!record) throw new RangeError('Cannot plan an outcome without its record')
  if (decision.kind === 'refuse') return decision
  const sample = sampleOf(record)
  const written = recordOf(decision, sample, tier)
  return {
    kind: decision.kind,
    record: { ...written, once: identityOf(sample.provenance) },
  }
}

function recordOf(
  decision: Exclude<Decision, { readonly kind: 'refuse' }>,
  sample: Sample,
  { tier, reading, labels, format, model }: FunnelledTier,
): NewRecord {
  // Which topic it is, the funnel knows.
  const route = { tier, topic: '' }
  if (decision.kind === 'forward') return forwardRecord(sample, decision.features, route)
  const { prediction: values, reason } = decision
  return answerRecord(sample, { values, reason, model, reading, labels }, { ...route, format })
}

interface Sending {
  readonly as: 'exit' | 'forward'
  readonly funnel: Pick<Downstream, 'post' | 'url'> | undefined
}

/** Gives back, by their places in `planned`, those that can never be written. */
async function send(
  planned: readonly Plan[],
  { as, funnel }: Sending,
): Promise<readonly RefusedRecord[]> {
  const chosen = planned.flatMap((plan, index) =>
    plan.kind === as ? [{ index, record: plan.record }] : [],
  )
  if (chosen.length === 0) return []
  if (!funnel) throw new TypeError(`Cannot ${as} a sample: the tier has no funnel for it`)
  const refused = await writeByFunnel(
    chosen.map(({ record }) => record),
    funnel,
  )
  return refused.map(({ index, error }) => ({ index: chosen[index]?.index ?? -1, error }))
}
