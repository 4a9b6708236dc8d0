import type { Broker, NewRecord, Offset, Subscription } from '../core/broker.ts'
import { backoffMs } from '../std/backoff.ts'
import { isFoglineError } from '../std/errors.ts'
import { type Gatherer, gatherer } from '../std/gatherer.ts'
import type { Context } from './context.ts'
import type { Lane, Taken } from './lane.ts'
import type { OutcomeKind } from './tier-stats.ts'

/** What became of a record, to be written and then committed. */
export interface Outcome {
  readonly lane: Lane
  readonly taken: Taken
  readonly kind: OutcomeKind
  /** Where `record` goes. */
  readonly broker: Broker
  /** Absent where there is only an offset to commit. */
  readonly record?: NewRecord
  /** Of the record's value; what waits is bounded by it. */
  readonly sizeBytes: number
  /** When the device sent the sample, ms since the epoch. */
  readonly timeMs: number
}

/** Writes outcomes: to other brokers first, then, with the offsets, to the input's own. */
export interface Outcomes {
  /** Queues outcomes; those of one topic are written in this order. */
  add(outcomes: readonly Outcome[]): void
  /** Bytes of values that wait to be written or committed. */
  readonly sizeBytes: number
  /** Whether more waits for the input's own broker than its next writes take. */
  readonly isBehind: boolean
  /** Resolves once everything is durable and committed, or given up because the signal aborted. */
  idle(): Promise<void>
}

/** What is particular to one subscription. */
export interface OutcomesOptions {
  readonly subscription: Subscription
  /** What to write instead of an outcome that its broker refuses as too large. */
  readonly deadLetter: (taken: Taken, error: unknown) => NewRecord
  /** Told after each commit. */
  readonly onSettled: () => void
  /** Told where the broker keeps refusing to commit: the partitions may be another member's now. */
  readonly onRefused: (error: unknown) => void
}

/** One write under way and one that is full: more would only lie in memory. */
const WRITES_PENDING_MAX = 2

/** Refusals to commit, in a row, before the subscription is given up; a moment's trouble may pass. */
const REFUSALS_MAX = 3

/**
 * The outcomes of one subscription. A write that fails is tried again, with back-off, until it
 * succeeds or the context's signal aborts: what is not committed is given again.
 */
export function outcomesOf(context: Context, options: OutcomesOptions): Outcomes {
  const { limits, wiring } = context
  const itemsMax = limits.writeRecordsMax
  const state = { sizeBytes: 0 }
  const own = gatherer<Outcome>({
    itemsMax,
    write: async (outcomes) => {
      await settle(context, { ...options, outcomes })
      for (const { sizeBytes } of outcomes) state.sizeBytes -= sizeBytes
      options.onSettled()
    },
  })
  const others = new Map<Broker, Gatherer<Outcome>>()
  const writerOf = (broker: Broker) => {
    if (broker === wiring.input.broker) return own
    const known = others.get(broker)
    if (known) return known
    const write = async (outcomes: readonly Outcome[]) => {
      const produced = await persist(context, {
        outcomes,
        broker,
        deadLetter: options.deadLetter,
        write: (some) => broker.produce(recordsFor(some, broker)),
      })
      for (const { taken } of produced) context.recent.add(taken.record.partition, taken.identity)
      own.add(produced)
    }
    const other = gatherer<Outcome>({ itemsMax, write })
    others.set(broker, other)
    return other
  }
  return {
    add: (outcomes) => {
      for (const { sizeBytes } of outcomes) state.sizeBytes += sizeBytes
      for (const [broker, chunk] of Map.groupBy(outcomes, (one) => one.broker)) {
        writerOf(broker).add(chunk)
      }
    },
    get sizeBytes() {
      return state.sizeBytes
    },
    get isBehind() {
      return own.pending > WRITES_PENDING_MAX * itemsMax
    },
    idle: async () => {
      await Promise.all(Array.from(others.values(), (other) => other.idle()))
      await own.idle()
    },
  }
}

/** Commits the outcomes' records, and in the same step writes those that the input's broker takes. */
async function settle(
  context: Context,
  options: OutcomesOptions & { readonly outcomes: readonly Outcome[] },
): Promise<void> {
  const { subscription, deadLetter, onRefused } = options
  const outcomes = options.outcomes.filter(({ lane }) => !lane.isRetired)
  let refusals = 0
  // Only here are records finished, and only one write is under way: no commit can pass this one.
  for (const { lane, taken } of outcomes) lane.run.finish(taken.sequence)
  const settled = await persist(context, {
    outcomes,
    broker: context.wiring.input.broker,
    deadLetter,
    write: async (some) => {
      const live = some.filter(({ lane }) => !lane.isRetired)
      const lanes = new Set(live.map((outcome) => outcome.lane))
      const offsets: readonly Offset[] = Array.from(lanes, (lane) => lane.run.offset())
      try {
        if (lanes.size > 0) {
          await subscription.settle(offsets, recordsFor(live, context.wiring.input.broker))
        }
      } catch (error) {
        if (isFoglineError(error, 'ERR_BROKER') && ++refusals >= REFUSALS_MAX) onRefused(error)
        throw error
      }
    },
  })
  const nowMs = context.now()
  for (const { kind, timeMs, taken, lane } of settled) {
    if (lane.isRetired) {
      context.counters.inFlight--
      continue
    }
    context.counters.settled(kind, nowMs - timeMs)
    context.recent.add(taken.record.partition, taken.identity)
  }
}

interface Write {
  readonly outcomes: readonly Outcome[]
  /** Only outcomes for it are written. */
  readonly broker: Broker
  readonly deadLetter: OutcomesOptions['deadLetter']
  readonly write: (outcomes: readonly Outcome[]) => Promise<void>
}

/** Writes until it succeeds; gives what was written, in which dead letters may stand for outcomes. */
async function persist(context: Context, options: Write): Promise<readonly Outcome[]> {
  const { broker, deadLetter, write } = options
  let outcomes = options.outcomes
  for (let failures = 1; ; failures++) {
    try {
      await write(outcomes)
      return outcomes
    } catch (error) {
      context.signal.throwIfAborted()
      context.counters.failedWrites++
      const largest = isFoglineError(error, 'ERR_LIMIT') ? largestOf(outcomes, broker) : undefined
      if (largest) {
        outcomes = outcomes.map((one) => {
          return one === largest
            ? refused(one, { context, record: deadLetter(one.taken, error) })
            : one
        })
        continue
      }
      context.log('warn', 'Cannot write outcomes: trying again', { count: outcomes.length, error })
      await context.delay(
        backoffMs(failures, context.limits.awayBackoff, context.random),
        context.signal,
      )
      context.signal.throwIfAborted()
    }
  }
}

function recordsFor(outcomes: readonly Outcome[], broker: Broker): readonly NewRecord[] {
  return outcomes.flatMap((one) => (one.broker === broker && one.record ? [one.record] : []))
}

/** The outcome that a broker, which found one too large, can only have meant. */
function largestOf(outcomes: readonly Outcome[], broker: Broker): Outcome | undefined {
  return outcomes
    .filter((one) => one.broker === broker && one.kind !== 'dead-letter')
    .reduce<Outcome | undefined>((largest, one) => {
      return largest && sizeOf(largest) >= sizeOf(one) ? largest : one
    }, undefined)
}

function sizeOf({ record }: Outcome): number {
  return record?.value.length ?? 0
}

function refused(
  outcome: Outcome,
  { context, record }: { readonly context: Context; readonly record: NewRecord },
): Outcome {
  return { ...outcome, kind: 'dead-letter', broker: context.wiring.input.broker, record }
}
