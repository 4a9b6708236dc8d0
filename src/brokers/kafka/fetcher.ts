import type { ConnectionPool } from '@platformatic/kafka'
import type { Batch, Offset } from '../../core/broker.ts'
import { backoffMs } from '../../std/backoff.ts'
import type { Delay } from '../../std/delay.ts'
import { Bell } from '../bell.ts'
import type { BytesConsumer } from './bytes-clients.ts'
import { says } from './failure.ts'
import { askBroker, type FetchResponse, type Server } from './fetch-request.ts'
import { fetched } from './fetched.ts'
import { type BatchLimits, PartitionBuffer, type PartitionStart } from './partition-buffer.ts'

/** What a fetcher is made of. */
export interface FetcherOptions {
  readonly consumer: BytesConsumer
  /** Connections for fetches alone: a fetch that waits holds up what comes after it on its connection. */
  readonly connections: ConnectionPool
  readonly topic: string
  readonly limits: BatchLimits
  readonly delay: Delay
  readonly random: () => number
  /** Ends the fetching. */
  readonly signal: AbortSignal
  /** Told of failures that are tried again. */
  readonly onFailure: (error: unknown) => void
  /** Told of a partition whose records from `position` on are deleted: it goes on where the topic begins. */
  readonly onOutOfRange: (partition: number, position: number) => void
}

const RETRY_BACKOFF = { baseMs: 20, maxMs: 1_000 }

/** The ends of a partition, in `ListOffsets`. */
const EARLIEST = -2n
const LATEST = -1n

/** Of which broker what is asked. */
interface Asking {
  readonly broker: Server
  readonly topicId: string
  readonly wanted: readonly [number, PartitionBuffer][]
}

/**
 * Reads partitions of one topic, some records ahead of who takes them: one fetch at a time from each
 * broker, of the partitions whose records are all given.
 */
export class Fetcher {
  readonly #options: FetcherOptions
  readonly #bell = new Bell()
  #partitions = new Map<number, PartitionBuffer>()
  /** Brokers that are asked just now. */
  readonly #asked = new Set<number>()
  #failures = 0
  #resting = false
  #fault: unknown

  constructor(options: FetcherOptions) {
    this.#options = options
    options.signal.addEventListener('abort', this.#bell.ring, { once: true })
  }

  /** The partitions that are read. */
  get partitions(): ReadonlySet<number> {
    return new Set(this.#partitions.keys())
  }

  /** `offset` with what only this side knows: finished before this member came, or no records at all. */
  whole(offset: Offset): Offset {
    const buffer = this.#partitions.get(offset.partition)
    if (!buffer) return offset
    const next = buffer.beyondMarkers(offset.next)
    const before = buffer.finishedFrom(next)
    if (before.length === 0) return { ...offset, next }
    return { ...offset, next, ahead: [...(offset.ahead ?? []), ...before] }
  }

  /** Reads these partitions from now on, and no others. */
  assign(starts: ReadonlyMap<number, PartitionStart>): void {
    this.#partitions = new Map(
      Array.from(starts, ([partition, start]) => [partition, new PartitionBuffer(start)]),
    )
    this.#fetch()
  }

  pause(partition: number): void {
    const buffer = this.#partitions.get(partition)
    if (buffer) buffer.isPaused = true
  }

  resume(partition: number): void {
    const buffer = this.#partitions.get(partition)
    if (buffer) buffer.isPaused = false
    this.#bell.ring()
    this.#fetch()
  }

  /** The next batch, of the partitions in turn; undefined once the signal has aborted. */
  async next(): Promise<Batch | undefined> {
    const { signal, topic, limits } = this.#options
    while (!signal.aborted) {
      for (const [partition, buffer] of this.#partitions) {
        if (buffer.isPaused) continue
        const part = buffer.take(limits)
        if (!part) continue
        // To the end of the line, where the map keeps its order.
        this.#partitions.delete(partition)
        this.#partitions.set(partition, buffer)
        if (buffer.isEmpty) this.#fetch()
        return { topic, partition, ...part }
      }
      if (this.#fault) throw this.#fault
      await this.#bell.wait()
    }
    return undefined
  }

  /** Ends with `error`, once what was fetched is taken. */
  fail(error: unknown): void {
    this.#fault ??= error
    this.#bell.ring()
  }

  #fetch(): void {
    // It does not reject: what fails is tried again.
    void this.#fetchWanted().catch((error) => this.#failed(error))
  }

  async #fetchWanted(): Promise<void> {
    const { consumer, topic, signal } = this.#options
    if (signal.aborted || this.#resting || this.#wanted().length === 0) return
    const metadata = await consumer.metadata({ topics: [topic] })
    const described = metadata.topics.get(topic)
    if (!described) return
    const leaders = Map.groupBy(this.#wanted(), ([number]) => described.partitions[number]?.leader)
    for (const [node, wanted] of leaders) {
      const broker = node === undefined ? undefined : metadata.brokers.get(node)
      if (node === undefined || !broker || this.#asked.has(node) || signal.aborted) continue
      this.#asked.add(node)
      void this.#ask(node, { broker, topicId: described.id, wanted })
    }
  }

  #wanted(): [number, PartitionBuffer][] {
    return [...this.#partitions].filter(([, buffer]) => buffer.isEmpty && !buffer.isPaused)
  }

  async #ask(node: number, { broker, topicId, wanted }: Asking): Promise<void> {
    const { consumer, connections } = this.#options
    try {
      const partitions = wanted.map(([partition, one]) => ({
        partition,
        offset: one.position,
        sizeBytesMax: one.fetchSizeBytes,
      }))
      const response = await askBroker(consumer, { connections, broker, topicId, partitions })
      this.#failures = 0
      this.#take(response, { topicId, wanted: new Map(wanted) })
    } catch (error) {
      await this.#recover(error)
    }
    this.#asked.delete(node)
    this.#fetch()
  }

  #take(
    { responses }: FetchResponse,
    { topicId, wanted }: { topicId: string; wanted: ReadonlyMap<number, PartitionBuffer> },
  ): void {
    const { topic } = this.#options
    for (const { partitions } of responses) {
      for (const { partitionIndex: partition, records, abortedTransactions } of partitions) {
        const buffer = wanted.get(partition)
        // Meanwhile it may have been assigned anew, from elsewhere.
        if (!buffer || buffer !== this.#partitions.get(partition) || !records) continue
        const aborted = abortedTransactions ?? []
        const from = buffer.position
        buffer.add(fetched({ topic, topicId, partition, from, batches: records, aborted }))
      }
    }
    this.#bell.ring()
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#options.signal.aborted) return
    if (says(error, 'OFFSET_OUT_OF_RANGE')) {
      try {
        await this.#restart()
        return
      } catch (failed) {
        this.#failed(failed)
      }
    } else {
      this.#failed(error)
    }
  }

  /** What retention has deleted, or a new topic of the name never had: read on from the beginning. */
  async #restart(): Promise<void> {
    const { consumer, topic, onOutOfRange } = this.#options
    const topics = [topic]
    const first = (await consumer.listOffsets({ topics, timestamp: EARLIEST })).get(topic) ?? []
    const end = (await consumer.listOffsets({ topics, timestamp: LATEST })).get(topic) ?? []
    for (const [partition, buffer] of this.#partitions) {
      const earliest = Number(first[partition] ?? 0)
      const latest = Number(end[partition] ?? 0)
      if (buffer.position >= earliest && buffer.position <= latest) continue
      onOutOfRange(partition, buffer.position)
      buffer.position = earliest
    }
  }

  #failed(error: unknown): void {
    const { consumer, signal, delay, random, onFailure } = this.#options
    if (signal.aborted || this.#resting) return
    onFailure(error)
    consumer.clearMetadata()
    this.#resting = true
    // Delays do not reject.
    void delay(backoffMs(++this.#failures, RETRY_BACKOFF, random), signal).then(() => {
      this.#resting = false
      this.#fetch()
    })
  }
}
