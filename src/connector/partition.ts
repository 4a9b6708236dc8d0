import type { ReceivedRecord, Subscription } from '../core/broker.ts'
import type { Samples } from '../core/scaling.ts'
import { type Backoff, backoffMs } from '../std/backoff.ts'
import type { FoglineError } from '../std/errors.ts'
import { afterFailure, FAULT_MESSAGES, type Fault } from './after-failure.ts'
import type { Context } from './context.ts'
import { decodeAgain, decodeNext } from './decode.ts'
import { isFull, isLow, recordsMax } from './fill.ts'
import { type Group, Lane, type Taken } from './lane.ts'
import { deadLetterOutcome, duplicateOutcome, outcomeOf } from './outcome-of.ts'
import type { Outcomes } from './outcomes.ts'
import { type ReadAnswer, readAnswer } from './read-answer.ts'

/** What the partitions of one subscription share. */
export interface Shared {
  readonly context: Context
  readonly subscription: Subscription
  readonly outcomes: Outcomes
  /** Invocations that succeeded, of all partitions. */
  successes: number
}

interface Failure {
  readonly fault: Fault
  readonly error: FoglineError
}

/** Invokes the function for the records of one partition, several groups at a time. */
export class Partition {
  readonly #lane: Lane
  readonly #number: number
  readonly #shared: Shared
  /** Groups that failed and may be tried again now. */
  #suspects: Group[] = []
  /** Groups that failed and wait for their turn. */
  #later = 0
  #inFlight = 0
  /** Failures in a row that held the whole partition. */
  #holds = 0
  #held = false
  #paused = false
  #stopping = false
  /** Its invocations under way. */
  readonly #running = new Set<Promise<void>>()
  /** Halved where an invocation takes too long; rises again by one with each that succeeds. */
  #recordsMax: number

  constructor(number: number, shared: Shared) {
    this.#number = number
    this.#shared = shared
    this.#recordsMax = recordsMax(shared.context)
    this.#lane = new Lane(number)
  }

  /** Takes records from the broker, and invokes what it can. */
  take(records: readonly ReceivedRecord[]): void {
    const { context, outcomes } = this.#shared
    const isSettled = (identity: string) => context.recent.has(this.#number, identity)
    for (const record of records) {
      const took = this.#lane.take(record, isSettled)
      if (took.kind === 'known') continue
      context.counters.in++
      context.counters.inFlight++
      if (took.kind === 'duplicate') {
        outcomes.add([duplicateOutcome(context.wiring, { lane: this.#lane, taken: took.taken })])
      }
    }
    this.pump()
  }

  /** Invokes nothing new; resolves once what is under way has its outcomes. */
  async drain(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#running)
  }

  /** What is not finished will be done by whom the partition is given next. */
  retire(): void {
    this.#stopping = true
    this.#lane.isRetired = true
    this.#shared.context.counters.inFlight -= this.#lane.run.unfinished
  }

  /** Invokes what may be invoked now, and lets the broker know whether there is room for more. */
  pump(): void {
    while (this.#mayInvoke()) {
      const suspect = this.#suspects.shift()
      if (suspect) {
        this.#start(
          suspect,
          decodeAgain(suspect.members, this.#shared.context.wiring.input.decoder),
        )
      } else if (this.#lane.readyCount > 0) {
        this.#startNext()
      } else {
        break
      }
    }
    this.#steer()
  }

  #mayInvoke(): boolean {
    const { outcomes, context } = this.#shared
    const { invocationsPerPartitionMax, outcomesSizeBytesMax } = context.limits
    return (
      !this.#stopping &&
      !this.#held &&
      this.#inFlight < invocationsPerPartitionMax &&
      !outcomes.isBehind &&
      outcomes.sizeBytes < outcomesSizeBytesMax
    )
  }

  #startNext(): void {
    const { decoder } = this.#shared.context.wiring.input
    const { members, samples, refused } = decodeNext(this.#lane, decoder, this.#recordsMax)
    for (const { taken, error } of refused) this.#giveUp(taken, { error, attempts: 1 })
    if (members.length > 0) this.#start({ members, failures: 0 }, samples)
  }

  #start(group: Group, samples: Samples): void {
    const run: Promise<void> = this.#invoke(group, samples).finally(() => this.#running.delete(run))
    this.#running.add(run)
  }

  async #invoke(group: Group, { tensor, scaling }: Samples): Promise<void> {
    const { context } = this.#shared
    const { wiring, signal, counters } = context
    const rule = wiring.upper ? wiring.rule() : 'final'
    this.#inFlight++
    counters.invocations++
    const records = group.members.map(({ record }) => record)
    const result = await wiring.invoke({ batch: tensor, scaling, records, rule, signal })
    this.#inFlight--
    if (signal.aborted || this.#lane.isRetired) return
    const answer = readAnswer(result, { wiring, rule, count: group.members.length })
    if (answer.kind === 'decided') this.#succeed(group, answer)
    else this.#fail(group, answer)
    this.pump()
  }

  #succeed(
    group: Group,
    { decisions, model }: Extract<ReadAnswer, { readonly kind: 'decided' }>,
  ): void {
    const { outcomes, context } = this.#shared
    const attempts = group.failures + 1
    const decided = group.members.map((taken, index) => ({ taken, decision: decisions[index] }))
    const lane = this.#lane
    outcomes.add(
      decided.flatMap(({ taken, decision }) =>
        decision ? outcomeOf(context.wiring, { lane, taken, decision, model, attempts }) : [],
      ),
    )
    for (const taken of group.members) lane.finish(taken)
    this.#shared.successes++
    this.#holds = 0
    this.#recordsMax = Math.min(this.#recordsMax + 1, recordsMax(context))
  }

  #fail(group: Group, { fault, error }: Failure): void {
    const { context, successes } = this.#shared
    const { members, failures, doubtedAt } = group
    const count = members.length
    context.counters.failedInvocations++
    const othersSucceeded = doubtedAt !== undefined && successes > doubtedAt
    const next = afterFailure({ fault, count, failures, othersSucceeded })
    if (next.kind === 'give-up') {
      for (const taken of members) this.#giveUp(taken, { error, attempts: next.attempts })
      return
    }
    context.log('warn', FAULT_MESSAGES[fault], { partition: this.#number, count, error })
    const doubted = fault === 'unclear' ? { doubtedAt: doubtedAt ?? successes } : {}
    const again: Group = { ...group, ...doubted }
    if (next.kind === 'again') {
      this.#tryLater({ ...again, failures: failures + 1 })
      return
    }
    if (fault === 'unclear') {
      this.#recordsMax = Math.max(1, Math.min(this.#recordsMax, Math.floor(count / 2)))
    }
    if (next.kind === 'halve') this.#halve(again)
    else this.#suspects.push(again)
    if (next.kind === 'hold' || next.held) this.#hold()
  }

  #halve(group: Group): void {
    const middle = Math.ceil(group.members.length / 2)
    const halves = [group.members.slice(0, middle), group.members.slice(middle)]
    for (const half of halves) {
      const members = this.#lane.regroup(half)
      if (members.length > 0) this.#suspects.push({ ...group, members })
    }
  }

  #giveUp(
    taken: Taken,
    failure: { readonly error: FoglineError; readonly attempts: number },
  ): void {
    const { outcomes, context } = this.#shared
    const lane = this.#lane
    context.log('warn', 'A record is a dead letter', {
      partition: this.#number,
      offset: taken.record.offset,
      error: failure.error,
    })
    outcomes.add([deadLetterOutcome(context.wiring, { lane, taken, failure })])
    lane.finish(taken)
  }

  /** The group tries again after a while; meanwhile others go on. */
  #tryLater(group: Group): void {
    this.#later++
    void this.#wait(group.failures, this.#shared.context.limits.recordBackoff, () => {
      this.#later--
      this.#suspects.push(group)
    })
  }

  /** Nothing of this partition is invoked for a while, and the broker gives nothing more. */
  #hold(): void {
    if (this.#held) return
    this.#held = true
    this.#holds++
    void this.#wait(this.#holds, this.#shared.context.limits.awayBackoff, () => {
      this.#held = false
    })
  }

  /** Never rejects: neither delays nor steps do. */
  async #wait(failures: number, backoff: Backoff, step: () => void): Promise<void> {
    const { delay, random, signal } = this.#shared.context
    await delay(backoffMs(failures, backoff, random), signal)
    if (signal.aborted || this.#lane.isRetired) return
    step()
    this.pump()
  }

  #steer(): void {
    const { context, subscription } = this.#shared
    const filling = { lane: this.#lane, isRetrying: this.#later + this.#suspects.length > 0 }
    if (!this.#paused && (this.#held || isFull(filling, context.limits))) {
      this.#paused = true
      subscription.pause(this.#number)
    } else if (this.#paused && !this.#held && isLow(filling, context.limits)) {
      this.#paused = false
      subscription.resume(this.#number)
    }
  }
}
