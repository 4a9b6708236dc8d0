import { FoglineError } from '../std/errors.ts'
import type { ExitFrom, ExitMetric, ExitRule } from './exit-rule.ts'
import type { Parameters } from './v2/message.ts'

/** How a tier decides: by an exit rule, or, at the top, `final`: every finite prediction leaves. */
export type TierRule = ExitRule | 'final'

/** `rule` as parameters of a request (Open Inference Protocol V2). */
export function ruleToParameters(rule: TierRule): Parameters {
  if (rule === 'final') return { exit_metric: 'final' }
  return {
    exit_metric: rule.metric,
    exit_threshold: rule.threshold,
    exit_from: rule.from,
    exit_temperature: rule.temperature,
  }
}

/**
 * The rule among the parameters of a request, or undefined where none is asked for. `exit_from` is
 * `probabilities` and `exit_temperature` 1 where absent. Throws ERR_REQUEST for a rule that is none.
 */
export function ruleFromParameters(parameters: Parameters): TierRule | undefined {
  const metric = parameters.exit_metric
  if (metric === undefined) {
    const stray = Object.keys(parameters).find((name) => RULE_PARAMETERS.has(name))
    if (stray !== undefined) throw noRule(stray, 'stands without "exit_metric"')
    return undefined
  }
  if (metric === 'final') return 'final'
  return {
    metric: oneOf('exit_metric', metric, METRICS),
    threshold: threshold(parameters.exit_threshold),
    from: oneOf('exit_from', parameters.exit_from ?? 'probabilities', FROMS),
    temperature: temperature(parameters.exit_temperature ?? 1),
  }
}

type Parameter = string | number | boolean

const RULE_PARAMETERS: ReadonlySet<string> = new Set([
  'exit_threshold',
  'exit_from',
  'exit_temperature',
])

const METRICS: readonly ExitMetric[] = ['confidence', 'entropy', 'margin']

const FROMS: readonly ExitFrom[] = ['probabilities', 'logits', 'sigmoid']

function oneOf<T extends string>(name: string, value: Parameter, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found !== undefined) return found
  const also = name === 'exit_metric' ? ', final' : ''
  throw noRule(name, `is "${value}" (expected one of ${allowed.join(', ')}${also})`)
}

function threshold(value: Parameter | undefined): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw noRule('exit_threshold', `is ${value ?? 'missing'} (expected a number from 0 to 1)`)
}

function temperature(value: Parameter): number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value
  throw noRule('exit_temperature', `is ${value} (expected a number above 0)`)
}

function noRule(name: string, state: string): FoglineError {
  return new FoglineError(`Cannot read exit rule: parameter "${name}" ${state}`, {
    code: 'ERR_REQUEST',
  })
}
