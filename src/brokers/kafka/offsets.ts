import { type Admin, offsetCommitV8 } from '@platformatic/kafka'
import type { Offset, OffsetRange } from '../../core/broker.ts'
import { aheadFromText, aheadToText } from './ahead.ts'
import type { BytesConsumer } from './bytes-clients.ts'

/** What a group has finished of a partition. */
export interface Committed {
  readonly next: number
  readonly ahead: readonly OffsetRange[]
}

/** What `group` has committed of a topic's partitions; those it never committed are absent. */
export async function committedOffsets(
  admin: Admin,
  { group, topic, partitions }: { group: string; topic: string; partitions: readonly number[] },
): Promise<ReadonlyMap<number, Committed>> {
  const groups = await admin.listConsumerGroupOffsets({
    groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: [...partitions] }] }],
    // What a transaction is about to commit is waited for.
    requireStable: true,
  })
  const found = groups.find(({ groupId }) => groupId === group)
  const described = found?.topics.find(({ name }) => name === topic)?.partitions ?? []
  return new Map(
    described
      .filter(({ committedOffset }) => committedOffset >= 0n)
      .map(({ partitionIndex, committedOffset, metadata }) => {
        const next = Number(committedOffset)
        return [partitionIndex, { next, ahead: aheadFromText(next, metadata) }]
      }),
  )
}

/** The first, or the end, offset of each partition of `topic`, by its number. */
export async function endOffsets(
  admin: Admin,
  { topic, partitions, at }: { topic: string; partitions: readonly number[]; at: 'first' | 'end' },
): Promise<ReadonlyMap<number, number>> {
  const timestamp = at === 'first' ? -2n : -1n
  const listed = await admin.listOffsets({
    topics: [
      {
        name: topic,
        partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })),
      },
    ],
  })
  const described = listed.find(({ name }) => name === topic)?.partitions ?? []
  return new Map(described.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]))
}

/** Offsets as the wire has them. */
export interface OffsetEntries {
  readonly name: string
  readonly partitions: {
    partitionIndex: number
    committedOffset: bigint
    committedLeaderEpoch: number
    committedMetadata: string | null
  }[]
}

/** Offsets with what is finished beyond them in their metadata. */
export function offsetEntries(topic: string, offsets: readonly Offset[]): OffsetEntries {
  return {
    name: topic,
    partitions: offsets.map(({ partition, next, ahead = [] }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(next),
      committedLeaderEpoch: -1,
      committedMetadata: ahead.length > 0 ? aheadToText(next, ahead) : '',
    })),
  }
}

/** Commits `offsets` as the member that `consumer` is now; rejects with the client's error. */
export async function commitOffsets(
  consumer: BytesConsumer,
  { topic, offsets }: { readonly topic: string; readonly offsets: readonly Offset[] },
): Promise<void> {
  if (offsets.length === 0) return
  const coordinator = await consumer.findGroupCoordinator()
  const connection = (await consumer.connectToBrokers([coordinator])).get(coordinator)
  if (!connection)
    throw new TypeError(`The group's coordinator ${coordinator} is not in the cluster`)
  await offsetCommitV8.api.async(
    connection,
    consumer.groupId,
    consumer.generationId,
    consumer.memberId ?? '',
    consumer.groupInstanceId,
    [offsetEntries(topic, offsets)],
  )
}
