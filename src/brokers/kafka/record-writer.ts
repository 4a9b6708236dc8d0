import type { MessageToProduce } from '@platformatic/kafka'
import type { NewRecord } from '../../core/broker.ts'
import { gatherer } from '../../std/gatherer.ts'
import { partitionOfKey } from '../key-hash.ts'
import { says } from './failure.ts'
import { bufferOf, headerEncoder } from './record-headers.ts'

/** A record as the client takes it, its partition chosen. */
export type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer> & {
  readonly topic: string
  readonly partition: number
  readonly sizeBytes: number
}

/** Brokers take a batch of at most 1 MiB (`message.max.bytes`), its framing included. */
const BATCH_SIZE_BYTES_MAX = 900_000
/** Of one send: beyond it a larger one wins nothing. */
const SEND_RECORDS_MAX = 4_096
/** Calls gathered into one round of sends. */
const CALLS_MAX = 1_024

/** Writes records; what queues up while a request is under way goes with the next one. */
export interface RecordWriter {
  /** Resolves once all in-sync replicas have the records; rejects with the client's error. */
  write(messages: readonly Message[]): Promise<void>
  /** Resolves once nothing is under way. */
  idle(): Promise<void>
}

interface Call {
  readonly messages: readonly Message[]
  readonly done: PromiseWithResolvers<void>
}

/** A writer by `producer`; one round of sends at a time, so that records keep their order. */
export function recordWriter(send: (messages: readonly Message[]) => Promise<void>): RecordWriter {
  const calls = gatherer<Call>({ itemsMax: CALLS_MAX, write: (some) => writeCalls(some, send) })
  return {
    write: (messages) => {
      const done = Promise.withResolvers<void>()
      calls.add([{ messages, done }])
      return done.promise
    },
    idle: () => calls.idle(),
  }
}

async function writeCalls(
  calls: readonly Call[],
  send: (messages: readonly Message[]) => Promise<void>,
): Promise<void> {
  try {
    for (const messages of sends(calls.flatMap((call) => call.messages))) await send(messages)
    for (const { done } of calls) done.resolve()
  } catch (error) {
    if (calls.length > 1 && says(error, 'MESSAGE_TOO_LARGE')) {
      // One call's record is too large: the others are not to blame.
      for (const call of calls) await writeCalls([call], send)
      return
    }
    for (const { done } of calls) done.reject(error)
  }
}

/** Cuts messages, in order, into sends within what a broker takes in one batch. */
export function sends(messages: readonly Message[]): Message[][] {
  const cut: Message[][] = []
  let current: Message[] = []
  let sizes = new Map<string, number>()
  for (const message of messages) {
    const place = `${message.topic}/${message.partition}`
    const sizeBytes = (sizes.get(place) ?? 0) + message.sizeBytes
    const isFull = current.length >= SEND_RECORDS_MAX || sizeBytes > BATCH_SIZE_BYTES_MAX
    if (isFull && current.length > 0) {
      cut.push(current)
      current = []
      sizes = new Map()
    }
    current.push(message)
    sizes.set(place, isFull ? message.sizeBytes : sizeBytes)
  }
  if (current.length > 0) cut.push(current)
  return cut
}

/** Of a record: lengths, attributes, timestamp. */
const RECORD_OVERHEAD_BYTES = 32

/** Makes messages of records. */
export interface MessageMaker {
  /** The messages of one call; `partitionsOf` says how many partitions a topic has. */
  messages(
    records: readonly NewRecord[],
    partitionsOf: (topic: string) => number,
  ): readonly Message[]
}

/**
 * Chooses partitions as Kafka's own clients do: by key; records of a call without a key stay
 * together, and the next call takes the next partition. One that is known by `once` takes the
 * partition of that, so that it meets its duplicates.
 */
export function messageMaker(): MessageMaker {
  const turns = new Map<string, number>()
  const encode = headerEncoder()
  return {
    messages: (records, partitionsOf) => {
      const called = new Map<string, number>()
      return records.map(({ topic, key, value, headers, once }) => {
        const partitions = partitionsOf(topic)
        const steady = key ?? (once === undefined ? undefined : Buffer.from(once))
        let turn = 0
        if (!steady) {
          turn = called.get(topic) ?? turns.get(topic) ?? 0
          called.set(topic, turn)
          turns.set(topic, (turn + 1) % partitions)
        }
        return {
          topic,
          partition: steady ? partitionOfKey(steady, partitions) : turn % partitions,
          ...(key && { key: bufferOf(key) }),
          value: bufferOf(value),
          headers: encode(headers),
          sizeBytes: sizeOf({ key, value, headers }),
        }
      })
    },
  }
}

function sizeOf({ key, value, headers }: Pick<NewRecord, 'key' | 'value' | 'headers'>): number {
  const headersSize = headers.reduce(
    (sum, [name, bytes]) => sum + 2 * name.length + bytes.length,
    0,
  )
  return (key?.length ?? 0) + value.length + headersSize + RECORD_OVERHEAD_BYTES
}
