import type { Subscription } from '../core/broker.ts'
import { deadLetterRecord, sampleOf } from '../core/outcome.ts'
import { identityOf } from '../core/provenance.ts'
import { FoglineError, isFoglineError } from '../std/errors.ts'
import type { Context } from './context.ts'
import { outcomesOf } from './outcomes.ts'
import { Partition, type Shared } from './partition.ts'

/** The connector's work on one subscription. */
export interface Session {
  /** Takes records until the subscription ends; rejects where it fails. */
  run(): Promise<void>
  /** Finishes what is in flight in these partitions, within a bound, and forgets them. */
  revoke(partitions: readonly number[]): Promise<void>
  /** Invokes nothing new; resolves once what is in flight is durable and committed. */
  drain(): Promise<void>
}

/** Work on `subscription`; ends at once where the context's signal aborts. */
export function sessionOf(context: Context, subscription: Subscription): Session {
  const partitions = new Map<number, Partition>()
  let stopping = false
  /** Whose records wait to be taken; forgotten where it is revoked meanwhile. */
  let preparing: number | undefined
  const { shared, refused } = sharedOf(context, subscription, () => {
    for (const partition of partitions.values()) partition.pump()
  })
  const { outcomes } = shared
  const consume = async () => {
    for await (const { partition: number, records, past } of subscription) {
      if (past) {
        for (const record of records) {
          context.recent.add(number, identityOf(sampleOf(record).provenance))
        }
        continue
      }
      // What is given from now on is not settled: the next member gets it.
      if (stopping || context.signal.aborted) continue
      const missing = context.wiring.input.decoder.prepare?.(records, context)
      if (missing) {
        preparing = number
        await missing
        if (stopping || context.signal.aborted || preparing !== number) continue
      }
      const known = partitions.get(number)
      const partition = known ?? new Partition(number, shared)
      if (!known) partitions.set(number, partition)
      partition.take(records)
    }
  }
  return {
    run: () => Promise.race([consume(), refused]),
    revoke: async (numbers) => {
      if (preparing !== undefined && numbers.includes(preparing)) preparing = undefined
      const revoked = numbers.flatMap((number) => partitions.get(number) ?? [])
      const drained = Promise.all(revoked.map((one) => one.drain())).then(() => outcomes.idle())
      await Promise.race([drained, context.delay(context.limits.revokeTimeoutMs, context.signal)])
      for (const partition of revoked) partition.retire()
      for (const number of numbers) partitions.delete(number)
    },
    drain: async () => {
      stopping = true
      await Promise.all(Array.from(partitions.values(), (one) => one.drain()))
      await outcomes.idle()
    },
  }
}

/** What partitions share; `refused` rejects where the broker keeps refusing to commit. */
function sharedOf(
  context: Context,
  subscription: Subscription,
  onSettled: () => void,
): { readonly shared: Shared; readonly refused: Promise<never> } {
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
    onSettled,
    onRefused: refused.reject,
  })
  const shared: Shared = {
    context,
    subscription,
    outcomes,
    successes: 0,
  }
  return { shared, refused: refused.promise }
}
