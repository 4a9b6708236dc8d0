import { randomUUID } from 'node:crypto'
import type { NewRecord, Offset, SubscribeOptions } from '../../core/broker.ts'
import { FoglineError } from '../../std/errors.ts'
import type { BytesConsumer } from './bytes-clients.ts'
import type { Cluster } from './cluster.ts'
import { commitOffsets } from './offsets.ts'
import { type Transactions, transactions } from './transactions.ts'

/** Writes outcomes and commits offsets, as a subscription promised. */
export interface Settler {
  /** Rejects with the client's error; may be called again with the same records. */
  settle(offsets: readonly Offset[], outcomes: readonly NewRecord[]): Promise<void>
  close(): Promise<void>
}

/** Throws ERR_BROKER where the cluster cannot give what is asked for. */
export function checkGuarantee(
  { guarantee, topic }: SubscribeOptions,
  groupProtocol: 'classic' | 'consumer',
): void {
  if (guarantee !== 'exactly-once' || groupProtocol === 'classic') return
  throw new FoglineError(
    `Cannot subscribe to topic "${topic}" exactly once: the group's protocol is "consumer"` +
      ' (its offsets are refused in transactions; "classic" is needed)',
    { code: 'ERR_BROKER' },
  )
}

/** The settler of the member that `consumer` is. */
export function settlerOf(
  cluster: Cluster,
  { consumer, options }: { readonly consumer: BytesConsumer; readonly options: SubscribeOptions },
): Settler {
  return options.guarantee === 'exactly-once'
    ? inTransactions(cluster, { consumer, options })
    : inOrder(cluster, { consumer, options })
}

/** Of one transaction; a broker then tells who is fenced at once. */
const RETRIES = 20

function inTransactions(
  { clientOptions, config, place }: Cluster,
  { consumer, options }: { readonly consumer: BytesConsumer; readonly options: SubscribeOptions },
): Settler {
  const { topic, group, member } = options
  const running: Transactions = transactions(consumer, {
    ...clientOptions,
    retries: RETRIES,
    idempotent: true,
    compression: config.compression,
    transactionalId: `${group}/${member ?? randomUUID()}`,
  })
  return {
    settle: async (offsets, outcomes) =>
      running.run({ topic, offsets, messages: await place(outcomes) }),
    close: () => running.close(),
  }
}

function inOrder(
  cluster: Cluster,
  { consumer, options }: { readonly consumer: BytesConsumer; readonly options: SubscribeOptions },
): Settler {
  const { topic } = options
  // Where a commit fails, its records are durable already: the next try writes them no second time.
  const durable = new WeakSet<NewRecord>()
  const commit = (offsets: readonly Offset[]) =>
    cluster.config.groupProtocol === 'classic'
      ? commitOffsets(consumer, { topic, offsets })
      : consumer.commit({
          offsets: offsets.map(({ partition, next }) => ({
            topic,
            partition,
            offset: BigInt(next),
            leaderEpoch: -1,
          })),
        })
  return {
    settle: async (offsets, outcomes) => {
      const missing = outcomes.filter((outcome) => !durable.has(outcome))
      if (missing.length > 0) await cluster.write(await cluster.place(missing))
      for (const outcome of missing) durable.add(outcome)
      if (offsets.length > 0) await commit(offsets)
    },
    close: async () => {},
  }
}
