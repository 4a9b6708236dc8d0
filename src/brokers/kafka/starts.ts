import type { Admin } from '@platformatic/kafka'
import type { OffsetRange, SubscribeOptions } from '../../core/broker.ts'
import { type Committed, committedOffsets, endOffsets } from './offsets.ts'
import type { PartitionStart } from './partition-buffer.ts'

/** Where a member begins with its partitions. */
export interface Starts {
  readonly starts: ReadonlyMap<number, PartitionStart>
  /** Of partitions that the group never committed: from here on, to be written down. */
  readonly fresh: readonly { readonly partition: number; readonly next: number }[]
}

/** Asks the cluster where `group` stands with these partitions of `topic`. */
export async function startsOf(
  admin: Admin,
  partitions: readonly number[],
  {
    topic,
    group,
    from,
    lookBackRecords = 0,
  }: Pick<SubscribeOptions, 'topic' | 'group' | 'from' | 'lookBackRecords'>,
): Promise<Starts> {
  if (partitions.length === 0) return { starts: new Map(), fresh: [] }
  const [committed, first] = await Promise.all([
    committedOffsets(admin, { group, topic, partitions }),
    endOffsets(admin, { topic, partitions, at: 'first' }),
  ])
  const missing = partitions.filter((partition) => !committed.has(partition))
  const end =
    from === 'latest' && missing.length > 0
      ? await endOffsets(admin, { topic, partitions: missing, at: 'end' })
      : first
  const fresh = missing.map((partition) => ({ partition, next: end.get(partition) ?? 0 }))
  const known = new Map<number, Committed>([
    ...committed,
    ...fresh.map(({ partition, next }) => [partition, { next, ahead: [] }] as const),
  ])
  const starts = new Map(
    partitions.map((partition) => {
      const { next, ahead } = known.get(partition) ?? { next: 0, ahead: [] }
      const begin = first.get(partition) ?? 0
      // Where the group never was, nothing before was done by it.
      const back = committed.has(partition) ? lookBackRecords : 0
      const position = Math.min(next, Math.max(begin, next - back))
      return [partition, { position, committed: next, finished: offsetsOf(ahead) }]
    }),
  )
  return { starts, fresh }
}

function offsetsOf(ranges: readonly OffsetRange[]): ReadonlySet<number> {
  const offsets = new Set<number>()
  for (const { start, end } of ranges) for (let at = start; at < end; at++) offsets.add(at)
  return offsets
}
