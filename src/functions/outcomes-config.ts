import type { ExitReading } from '../core/answer.ts'
import { ANSWER_VALUES, type AnswerFormat } from '../core/answer-format.ts'
import { ruleFromParameters, type TierRule } from '../core/tier-rule.ts'
import { FoglineError } from '../std/errors.ts'
import { type Environment, optional, required, wholeNumber } from './environment.ts'

/** How an inference function decides and writes by itself, as its environment says. */
export interface OutcomesConfig {
  readonly rule: TierRule
  readonly reading: ExitReading
  readonly labels?: readonly string[]
  readonly format: AnswerFormat
  readonly exitUrl: string
  /** Absent where the rule is `final`. */
  readonly nextUrl?: string
  /** Of a call of a funnel. */
  readonly timeoutMs: number
}

/** Less than an invocation has by default (30 s): that a funnel is away has to be said in time. */
const TIMEOUT_MS = 20_000
const TIMEOUT_MS_MAX = 3_600_000

/**
 * Reads FOGLINE_EXIT_URL and FOGLINE_NEXT_URL, the addresses of the tier's funnels; FOGLINE_EXIT_METRIC
 * (`final` without a next one), _THRESHOLD, _FROM and _TEMPERATURE; FOGLINE_LABELS, JSON;
 * FOGLINE_OUTPUT_FORMAT; FOGLINE_FUNNEL_TIMEOUT_MS. Undefined where no address is given. Throws ERR_CONFIG.
 */
export function outcomesConfig(env: Environment): OutcomesConfig | undefined {
  const exitUrl = optional(env, 'FOGLINE_EXIT_URL')
  const nextUrl = optional(env, 'FOGLINE_NEXT_URL')
  if (exitUrl === undefined && nextUrl === undefined) return undefined
  const { rule, reading } = decisionOf(env)
  if ((rule === 'final') !== (nextUrl === undefined)) {
    throw wrong('FOGLINE_NEXT_URL', 'not for the metric "final", and for every other')
  }
  const labels = labelsOf(env)
  const limits = { min: 1, max: TIMEOUT_MS_MAX }
  return {
    rule,
    reading,
    ...(labels && { labels }),
    format: formatOf(env),
    exitUrl: exitUrl ?? required(env, 'FOGLINE_EXIT_URL'),
    ...(nextUrl !== undefined && { nextUrl }),
    timeoutMs: wholeNumber(env, 'FOGLINE_FUNNEL_TIMEOUT_MS', limits) ?? TIMEOUT_MS,
  }
}

/** The rule and the reading of what a tier decides by; `exit_from` and such, but in capitals. */
function decisionOf(env: Environment): Pick<OutcomesConfig, 'rule' | 'reading'> {
  const metric = required(env, 'FOGLINE_EXIT_METRIC')
  const parameters = {
    exit_metric: metric === 'final' ? 'confidence' : metric,
    exit_threshold:
      numberOf(env, 'FOGLINE_EXIT_THRESHOLD') ?? (metric === 'final' ? 1 : Number.NaN),
    exit_from: optional(env, 'FOGLINE_EXIT_FROM') ?? 'probabilities',
    exit_temperature: numberOf(env, 'FOGLINE_EXIT_TEMPERATURE') ?? 1,
  }
  try {
    const rule = ruleFromParameters(parameters)
    if (rule === undefined || rule === 'final') throw new TypeError('A metric was given')
    const { from, temperature } = rule
    return { rule: metric === 'final' ? 'final' : rule, reading: { from, temperature } }
  } catch (cause) {
    throw new FoglineError('Cannot configure function: FOGLINE_EXIT_… say no exit rule', {
      code: 'ERR_CONFIG',
      cause,
    })
  }
}

function numberOf(env: Environment, name: string): number | undefined {
  const text = optional(env, name)
  return text === undefined ? undefined : Number(text)
}

function labelsOf(env: Environment): readonly string[] | undefined {
  const text = optional(env, 'FOGLINE_LABELS')
  if (text === undefined) return undefined
  try {
    const labels: unknown = JSON.parse(text)
    if (Array.isArray(labels) && labels.every((label) => typeof label === 'string')) return labels
  } catch {
    // Told below, as any other text.
  }
  throw wrong('FOGLINE_LABELS', 'a JSON list of texts')
}

function formatOf(env: Environment): AnswerFormat {
  const text = optional(env, 'FOGLINE_OUTPUT_FORMAT') ?? 'fogline'
  const names = Object.keys(ANSWER_VALUES) as AnswerFormat[]
  const format = names.find((name) => name === text)
  if (format) return format
  throw wrong('FOGLINE_OUTPUT_FORMAT', `one of ${names.join(', ')}`)
}

function wrong(name: string, allowed: string): FoglineError {
  return new FoglineError(`Cannot configure function: ${name} is not allowed (${allowed})`, {
    code: 'ERR_CONFIG',
  })
}
