import type { ExitReading } from '../core/answer.ts'
import type { AnswerFormat } from '../core/answer-format.ts'
import type { Broker, Guarantee } from '../core/broker.ts'
import type { TierRule } from '../core/tier-rule.ts'
import type { RecordDecoder } from '../formats/record-decoder.ts'
import type { Now } from '../std/clock.ts'
import type { Delay } from '../std/delay.ts'
import type { Log } from '../std/log.ts'
import type { Invoke } from './invoke.ts'
import type { ConnectorLimits } from './limits.ts'
import type { Recent } from './recent.ts'
import type { TierCounters } from './tier-stats.ts'

/** A topic of a broker. */
export interface Target {
  readonly broker: Broker
  readonly topic: string
}

/** Which tier, from where, to where, and how it decides. */
export interface TierWiring {
  readonly tier: string
  readonly input: Target & {
    /** The group that has the offsets: `<pipeline>-<tier>`. */
    readonly group: string
    /** Names this process among the group's members for good. */
    readonly member?: string | undefined
    readonly decoder: RecordDecoder
  }
  /** Takes the answers, written as Fogline does where no format is said. */
  readonly output: Target & { readonly format?: AnswerFormat | undefined }
  /** Takes the features of samples that do not exit; absent at the top, where each one exits. */
  readonly upper?: Target | undefined
  /** Takes dead letters; a topic of the input's broker. */
  readonly deadLetterTopic: string
  /** Asked before each invocation, so that it may change; not at the top, where it is `final`. */
  readonly rule: () => TierRule
  /** How class and confidence are read from a prediction. */
  readonly reading: ExitReading
  /** Names of the classes, in order. */
  readonly labels?: readonly string[] | undefined
  /** What a foreign V2 server calls its outputs; our own functions say `prediction` and `features`. */
  readonly outputNames?: { readonly prediction: string; readonly features?: string | undefined }
  readonly invoke: Invoke
  readonly guarantee?: Guarantee | undefined
}

/** What the parts of a running connector share. */
export interface Context {
  readonly wiring: TierWiring
  readonly limits: ConnectorLimits
  readonly counters: TierCounters
  /** What is finished, whichever subscription finished it. */
  readonly recent: Recent
  readonly now: Now
  /** In 0..1. */
  readonly random: () => number
  readonly delay: Delay
  readonly log: Log
  /** Aborts once nothing is waited for any more. */
  readonly signal: AbortSignal
}
