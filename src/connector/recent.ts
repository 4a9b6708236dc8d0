import { RecentIdentities } from '../core/recent-identities.ts'

/** The identities of finished records, by partition: duplicates come to the partition of the first. */
export interface Recent {
  has(partition: number, identity: string): boolean
  add(partition: number, identity: string): void
}

/** Remembers up to `max` identities of each partition. */
export function recentByPartition(max: number): Recent {
  const partitions = new Map<number, RecentIdentities>()
  return {
    has: (partition, identity) => partitions.get(partition)?.has(identity) ?? false,
    add: (partition, identity) => {
      const known = partitions.get(partition) ?? new RecentIdentities(max)
      partitions.set(partition, known)
      known.add(identity)
    },
  }
}
