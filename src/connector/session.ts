import type { Subscription } from '../core/broker.ts'
import { deadLetterRecord, sampleOf } from '../core/outcome.ts'
import { FoglineError, isFoglineError } from '../std/errors.ts'
import type { Context } from './context.ts'
import { outcomesOf } from './outcomes.ts'
import { Partition, type Shared } from './partition.ts'

/** The connector's work on one subscription. */
export interface Session {
  /** Takes records until the subscription ends; rejects where it fails. */
  run(): Promise<void>
  /** Invokes nothing new; resolves once what is in flight is durable and committed. */
  drain(): Promise<void>
}

/** Work on `subscription`; ends at once where the context's signal aborts. */
export function sessionOf(context: Context, subscription: Subscription): Session {
  const partitions = new Map<number, Partition>()
  const { wiring } = context
  const refused = Promise.withResolvers<never>()
  const outcomes = outcomesOf(context, {
    subscription,
    deadLetter: ({ record }, cause) => {
      const error = isFoglineError(cause)
        ? cause
        : new FoglineError('Cannot write outcome', { code: 'ERR_LIMIT', cause })
      return deadLetterRecord(sampleOf(record), { error, attempts: 1 }, wiring.deadLetterTopic)
    },
    onSettled: () => {
      for (const partition of partitions.values()) partition.pump()
    },
    onRefused: refused.reject,
  })
  const shared: Shared = {
    context,
    subscription,
    outcomes,
    running: new Set(),
    successes: 0,
    stopping: false,
  }
  const consume = async () => {
    for await (const { partition: number, records } of subscription) {
      // What is given from now on is not settled: the next member gets it.
      if (shared.stopping || context.signal.aborted) continue
      const known = partitions.get(number)
      const partition = known ?? new Partition(number, shared)
      if (!known) partitions.set(number, partition)
      partition.take(records)
    }
  }
  return {
    run: () => Promise.race([consume(), refused.promise]),
    drain: async () => {
      shared.stopping = true
      await Promise.all(shared.running)
      await outcomes.idle()
    },
  }
}
