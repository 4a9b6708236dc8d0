import { floatText } from '../std/float-text.ts'
import type { Reason } from './decision.ts'
import { type ExitRule, probabilities } from './exit-rule.ts'

/** How an exit's values become probabilities. */
export type ExitReading = Pick<ExitRule, 'from' | 'temperature'>

/** What a sample's answer says. */
export interface Answer {
  /** The prediction, finite. */
  readonly values: Float32Array
  /** `class`, `label` and `confidence` are left out where the values are no distribution. */
  readonly reading: ExitReading
  /** Names of the classes, in order. */
  readonly labels?: readonly string[] | undefined
  readonly tier: string
  readonly reason: Reason
  readonly id: string
  /** `<name>@<version>`. */
  readonly model: string
}

/**
 * The value of a record on an output topic: JSON, `values` first, which alone satisfies Kafka-ML's
 * consumers. Numbers are the shortest that read back as the same 32-bit float.
 */
export function answerValue(answer: Answer): Uint8Array {
  const tail =
    `"tier":${JSON.stringify(answer.tier)},"reason":"${answer.reason}",` +
    `"id":${JSON.stringify(answer.id)},"model":${JSON.stringify(answer.model)}`
  const values = Array.from(answer.values, floatText).join(',')
  return Buffer.from(`{"values":[${values}],${classText(answer)}${tail}}`)
}

/** `"class":7,"label":"seven","confidence":0.98,`, or nothing for a regression. */
function classText({ values, reading, labels }: Answer): string {
  const distribution = probabilities(values, reading)
  if (!distribution) return ''
  const best = distribution.reduce((top, value, index) => {
    return value > (distribution[top] ?? 0) ? index : top
  }, 0)
  const label = labels?.[best]
  const labelText = label === undefined ? '' : `"label":${JSON.stringify(label)},`
  return `"class":${best},${labelText}"confidence":${floatText(distribution[best] ?? 0)},`
}
