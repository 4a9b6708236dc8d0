import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ReadFrom, ReceivedRecord } from '../../core/broker.ts'
import { type PageReader, readPage } from './page.ts'
import type { Store } from './store.ts'
import type { Partition, Topic } from './topic.ts'

/** Records and bytes of all partitions together that a reader holds: enough for full-speed reading. */
const READ_RECORDS_MAX = 512
const READ_SIZE_BYTES_MAX = 4 * 1024 * 1024

/** What a reader needs of its broker. */
export interface ReaderOptions {
  readonly store: Store
  readonly topic: Topic
  readonly from: ReadFrom
  /** Ends the reading when it aborts. */
  readonly signal: AbortSignal
}

/** Where a reader stands in a partition. */
interface Place {
  readonly partition: Partition
  position: number
  /** Records that are read but not given yet, the next one last. */
  page: ReceivedRecord[]
}

/**
 * Records of all partitions, from where `from` says at the time of the call; of those at hand the
 * oldest first, within a partition always in order. Waits for new ones until `signal` aborts.
 */
export function readTopic(options: ReaderOptions): AsyncGenerator<ReceivedRecord, void, void> {
  const { topic, from } = options
  const places = topic.partitions.map((partition) => ({
    partition,
    position: start(partition, from),
    page: [],
  }))
  return merged(places, options)
}

function start(partition: Partition, from: ReadFrom): number {
  if (from === 'earliest') return partition.first
  return from === 'latest' ? partition.next : from
}

async function* merged(
  places: readonly Place[],
  { store, topic, signal }: ReaderOptions,
): AsyncGenerator<ReceivedRecord, void, void> {
  const limits = {
    recordsMax: Math.ceil(READ_RECORDS_MAX / places.length),
    sizeBytesMax: Math.ceil(READ_SIZE_BYTES_MAX / places.length),
  }
  signal.addEventListener('abort', topic.bell.ring)
  try {
    while (!signal.aborted) {
      const refilled = places.filter((place) => refill(place, { store, topic, limits }))
      // A backlog must not keep timers and sockets from their turn.
      if (refilled.length > 0) await nextTurn()
      const record = takeOldest(places)
      if (record && !signal.aborted) yield record
      else if (!signal.aborted) await topic.bell.wait()
    }
  } finally {
    signal.removeEventListener('abort', topic.bell.ring)
  }
}

/** Whether a page was read, because the last one is used up and there is more. */
function refill(place: Place, reader: PageReader): boolean {
  if (place.page.length > 0 || place.position >= place.partition.next) return false
  const from = Math.max(place.position, place.partition.first)
  const records = readPage(reader, place.partition, { start: from, end: place.partition.next })
  place.position = (records.at(-1)?.offset ?? place.partition.next - 1) + 1
  place.page = records.toReversed()
  return true
}

function takeOldest(places: readonly Place[]): ReceivedRecord | undefined {
  let best: ReceivedRecord[] | undefined
  for (const { page } of places) {
    const time = page.at(-1)?.timestampMs
    const bestTime = best?.at(-1)?.timestampMs
    if (time !== undefined && (bestTime === undefined || time < bestTime)) best = page
  }
  return best?.pop()
}
