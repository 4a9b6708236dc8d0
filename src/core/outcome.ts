import { type FoglineError, messageOf } from '../std/errors.ts'
import type { Answer } from './answer.ts'
import { ANSWER_VALUES, type AnswerFormat } from './answer-format.ts'
import type { NewRecord, ReceivedRecord } from './broker.ts'
import { HEADERS, headersWithout, shapeText, textHeader } from './headers.ts'
import { type Provenance, passedHeaders, provenanceOf, withProvenance } from './provenance.ts'
import { type Tensor, tensorToBytes } from './tensor.ts'

/** A record of a tier's input topic, and where its sample comes from. */
export interface Sample {
  readonly record: ReceivedRecord
  readonly provenance: Provenance
}

/** The sample that `record` holds. */
export function sampleOf(record: ReceivedRecord): Sample {
  return { record, provenance: provenanceOf(record) }
}

/** Where an outcome comes from and goes to. */
export interface Route {
  readonly tier: string
  readonly topic: string
}

/** Where an answer goes, and how it is written; as Fogline does where nothing else is said. */
export interface AnswerRoute extends Route {
  readonly format?: AnswerFormat | undefined
}

/** The record that answers a sample; its headers are the same in every format. */
export function answerRecord(
  { record, provenance }: Sample,
  answer: Omit<Answer, 'tier' | 'id'>,
  { tier, topic, format = 'fogline' }: AnswerRoute,
): NewRecord {
  return {
    topic,
    key: record.key,
    value: ANSWER_VALUES[format]({ ...answer, tier, id: provenance.id }),
    headers: passedHeaders(record, { provenance, tier }),
  }
}

/** The record that hands `features` (one sample) to the tier above: raw bytes and what they are. */
export function forwardRecord(
  { record, provenance }: Sample,
  features: Tensor,
  { tier, topic }: Route,
): NewRecord {
  const headers = [
    ...passedHeaders(record, { provenance, tier }),
    textHeader(HEADERS.datatype, features.datatype),
    textHeader(HEADERS.shape, shapeText(features.shape)),
  ]
  // A copy: the features are a view of a whole answer, which would stay in memory for one sample.
  const value = tensorToBytes(features).slice()
  return { topic, key: record.key, value, headers }
}

/** Why a record became a dead letter. */
export interface Failure {
  readonly error: FoglineError
  /** How often it was tried, at least 1. */
  readonly attempts: number
}

/** Messages are for reading; a function may put a whole page into one. */
const ERROR_CHARACTERS_MAX = 1_000

/**
 * The dead letter of `record`: its key, value and headers as they were, the provenance where it had
 * none, and the failure in four headers (those of an earlier failure go).
 */
export function deadLetterRecord(
  { record, provenance }: Sample,
  { error, attempts }: Failure,
  topic: string,
): NewRecord {
  return {
    topic,
    key: record.key,
    value: record.value,
    headers: [
      ...headersWithout(withProvenance(record, provenance), FAILURE_NAMES),
      textHeader(HEADERS.errorCode, error.code),
      textHeader(HEADERS.error, messageOf(error).slice(0, ERROR_CHARACTERS_MAX)),
      textHeader(HEADERS.origin, `${record.topic}/${record.partition}/${record.offset}`),
      textHeader(HEADERS.attempts, String(attempts)),
    ],
  }
}

/** Headers about a failure; a dead letter has them, and loses them when it is sent again. */
export const FAILURE_NAMES: ReadonlySet<string> = new Set([
  HEADERS.errorCode,
  HEADERS.error,
  HEADERS.origin,
  HEADERS.attempts,
])
