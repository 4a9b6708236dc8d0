import type { ReceivedRecord } from '../../core/broker.ts'
import { type FailureNote, failureNote } from '../../core/dead-letter.ts'
import { provenanceOf } from '../../core/provenance.ts'
import { keyOf, type RecordKey } from '../record-json.ts'

/** A dead letter without its value. */
export interface Letter extends FailureNote {
  /** Its place in the topic of dead letters, `<partition>/<offset>`: what people name it by. */
  readonly letter: string
  /** When it became one, ms since the epoch. */
  readonly diedMs: number
  /** The sample's own id. */
  readonly id: string
  /** When the device sent it, ms since the epoch. */
  readonly timeMs: number
  /** How often it was sent again before. */
  readonly retries: number
  readonly key: RecordKey
  /** Of the value. */
  readonly sizeBytes: number
}

/** A place in a topic. */
export interface Place {
  readonly partition: number
  readonly offset: number
}

/** The letter that a record of a topic of dead letters is. */
export function letterOf(record: ReceivedRecord): Letter {
  const { id, timeMs, retry } = provenanceOf(record)
  return {
    letter: placeText(record),
    ...failureNote(record.headers),
    diedMs: record.timestampMs,
    id,
    timeMs,
    retries: retry,
    key: keyOf(record),
    sizeBytes: record.value.length,
  }
}

/** `<partition>/<offset>`. */
export function placeText({ partition, offset }: Place): string {
  return `${partition}/${offset}`
}

/** The place that `text` names, as `0/12`, or undefined. */
export function placeFromText(text: string): Place | undefined {
  const [, partition, offset] = /^(\d{1,6})\/(\d{1,15})$/.exec(text) ?? []
  return partition === undefined
    ? undefined
    : { partition: Number(partition), offset: Number(offset) }
}
