/** Topics of ordered records. */
export interface Broker {
  /** Creates what is missing; resolves when each topic can be written. Existing topics stay as they are. */
  ensure(topics: readonly TopicSpec[]): Promise<void>
  /** Appends; resolves once durable. Records of one call and one partition keep their order. */
  produce(records: readonly NewRecord[]): Promise<void>
  /** Joins `group` on `topic`: batches of one partition each, in offset order, until closed. */
  subscribe(options: SubscribeOptions): Promise<Subscription>
  /** Records from an offset on, without a group, until `signal` aborts; waits for new ones. */
  read(topic: string, from: ReadFrom, signal: AbortSignal): AsyncIterable<ReceivedRecord>
  /** Records appended but not committed by `group`; all of them if it never committed. */
  lag(topic: string, group: string): Promise<number>
  /** Ends every subscription and reader, then frees what it holds. */
  close(): Promise<void>
}

/** A member of a group. Iterating it gives batches; a second iterator is not allowed. */
export interface Subscription extends AsyncIterable<Batch> {
  /**
   * Writes `outcomes` on this broker and commits `offsets`: in one transaction where the broker
   * can, else in that order.
   */
  settle(offsets: readonly Offset[], outcomes: readonly NewRecord[]): Promise<void>
  /** Gives no more batches of `partition` (those given already stay valid) until `resume`. */
  pause(partition: number): void
  resume(partition: number): void
  /** Leaves the group. What was given but not settled is given again to the next member. */
  close(): Promise<void>
}

/** A topic to create. */
export interface TopicSpec {
  readonly name: string
  /** At least 1. */
  readonly partitions: number
  /** Records older or beyond this are deleted, but never what a group has not committed. */
  readonly retention?: Retention
}

/** How much a topic keeps; what is absent is without limit. */
export interface Retention {
  readonly ageMs?: number
  /** Of keys, values and headers, a partition. */
  readonly sizeBytes?: number
}

/** A header of a record. Names may repeat; values are bytes. */
export type Header = readonly [name: string, value: Uint8Array]

/** A record to append. */
export interface NewRecord {
  readonly topic: string
  /** Records of one key share a partition; without a key, partitions take turns. */
  readonly key?: Uint8Array | undefined
  readonly value: Uint8Array
  readonly headers: readonly Header[]
  /**
   * Appends only if the topic has not taken a record of this identifier before, on brokers that
   * remember (the embedded one does); `produce` resolves either way.
   */
  readonly once?: string | undefined
}

/** A record as it lies in a topic. */
export interface ReceivedRecord {
  readonly topic: string
  /** The topic's own id: another topic of the same name has another. */
  readonly topicId: string
  readonly partition: number
  /** From 0 on, rising, within the partition; gaps are possible. */
  readonly offset: number
  /** When it was appended, ms since the epoch. */
  readonly timestampMs: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array
  readonly headers: readonly Header[]
}

/** Records of one partition, in offset order; never empty. */
export interface Batch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly ReceivedRecord[]
  /** These lie before the group's offset: they are finished, and not to be settled. */
  readonly past?: true
}

/** How far a group has finished a partition. */
export interface Offset {
  readonly partition: number
  /** The first offset that is not finished: all before it are. */
  readonly next: number
  /**
   * Offsets beyond `next` that are finished too, ascending and disjoint. The broker remembers them
   * where it can, and then does not give those records again.
   */
  readonly ahead?: readonly OffsetRange[]
}

/** Offsets from `start` (inclusive) to `end` (exclusive). */
export interface OffsetRange {
  readonly start: number
  readonly end: number
}

/** How to join a group. */
export interface SubscribeOptions {
  readonly topic: string
  readonly group: string
  /** Where a group starts that never committed. */
  readonly from: 'earliest' | 'latest'
  /** Records in one batch, at most. */
  readonly batchRecordsMax: number
  /** Bytes of keys, values and headers in one batch, at most; a single larger record comes alone. */
  readonly batchSizeBytesMax: number
  /**
   * Names this member for good, where the broker knows such: one that starts again under the same
   * name has its partitions back at once. No two members of a group may share it.
   */
  readonly member?: string | undefined
  /** `exactly-once`: `settle` is one transaction, or the subscription is refused (ERR_BROKER). */
  readonly guarantee?: Guarantee | undefined
  /**
   * Records before the group's offset, a partition, that come first and with `past`: for who wants to
   * know what was lately done. A broker that remembers `once` gives none.
   */
  readonly lookBackRecords?: number | undefined
  /**
   * Told that these partitions are about to be taken away: what is given of them from then on begins
   * where the group has committed. They can be settled until it resolves, or the broker's patience ends.
   */
  readonly onRevoked?: ((partitions: readonly number[]) => Promise<void>) | undefined
}

/** What `settle` promises: outcomes and offsets at least in that order, or together. */
export type Guarantee = 'at-least-once' | 'exactly-once'

/** Where a reader starts: an offset is meant for each partition. */
export type ReadFrom = 'earliest' | 'latest' | number
