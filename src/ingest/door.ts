import type { Datatype } from '../core/tensor.ts'
import type { HttpAnswer } from '../std/http-client.ts'
import type { Handled, Verdict } from './dead-letters/handle-letters.ts'
import type { Letter } from './dead-letters/letter.ts'
import type { TierLag } from './get-lag.ts'
import type { RecordKey } from './record-json.ts'

/** The door of a pipeline, as its clients see it. */
export interface Door {
  tiers(signal: AbortSignal): Promise<readonly DoorTier[]>
  /** Sends one sample; resolves with the answer, whatever its status. */
  ingest(tier: string, sample: Sample, signal: AbortSignal): Promise<HttpAnswer>
  /** The records of a topic, as they come. */
  records(topic: string, from: string, signal: AbortSignal): AsyncGenerator<DoorRecord>
  lag(signal: AbortSignal): Promise<readonly TierLag[]>
  readonly deadLetters: DeadLetterDoor
  close(): Promise<void>
}

/** What the door does with a tier's dead letters. */
export interface DeadLetterDoor {
  list(tier: string, page: PageQuery, signal: AbortSignal): Promise<DoorLetters>
  /** The letter at a place, as `0/12`. */
  show(tier: string, place: string, signal: AbortSignal): Promise<ShownLetter>
  handle(tier: string, order: LetterOrder, signal: AbortSignal): Promise<Handled>
}

/** A tier as the door describes it. */
export interface DoorTier {
  readonly name: string
  /** Topic of answers. */
  readonly output: string
  /** Of one sample, before scale and offset. */
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** Keys of a JSON object, in the order of the sample. */
  readonly fields?: readonly string[]
}

/** A record as the door gives it. */
export interface DoorRecord {
  readonly partition: number
  readonly offset: number
  readonly key: RecordKey
  readonly headers: Readonly<Record<string, string>>
  readonly value: unknown
}

/** One sample on its way in. */
export interface Sample {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** Which page of dead letters. */
export interface PageQuery {
  readonly limit: number
  /** The `next` of the page before; absent for the first. */
  readonly after?: string | undefined
}

/** A page of dead letters that nobody has handled, the oldest first. */
export interface DoorLetters {
  /** Where they lie. */
  readonly topic: string
  readonly letters: readonly Letter[]
  /** Of all pages. */
  readonly total: number
  /** For the page that follows; absent on the last. */
  readonly next?: string
}

/** A dead letter with its headers and value. */
export type ShownLetter = Letter & DoorRecord

/** What to do with which dead letters. */
export interface LetterOrder {
  readonly verdict: Verdict
  /** Places, as `0/12`. */
  readonly letters: readonly string[] | 'all'
}
