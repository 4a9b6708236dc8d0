import type { Header, NewRecord, ReceivedRecord } from './broker.ts'
import { HEADERS, headersWithout, headerText, textHeader } from './headers.ts'
import { FAILURE_NAMES } from './outcome.ts'
import { identityOf, provenanceOf } from './provenance.ts'

/** What a dead letter's headers say of its failure; what they do not say is absent. */
export interface FailureNote {
  readonly code?: string | undefined
  readonly error?: string | undefined
  /** `topic/partition/offset`. */
  readonly origin?: string | undefined
  readonly attempts?: number | undefined
}

/** Why `headers` say that their record is a dead letter. */
export function failureNote(headers: readonly Header[]): FailureNote {
  const attempts = Number(headerText(headers, HEADERS.attempts))
  return {
    code: headerText(headers, HEADERS.errorCode),
    error: headerText(headers, HEADERS.error),
    origin: headerText(headers, HEADERS.origin),
    attempts: Number.isSafeInteger(attempts) ? attempts : undefined,
  }
}

/**
 * The record that sends `letter` to `topic` again: its key, value and headers without the failure,
 * and one retry more. Sent twice, it is twice the same identity.
 */
export function retriedRecord(letter: ReceivedRecord, topic: string): NewRecord {
  const { key, value, headers } = letter
  const provenance = provenanceOf(letter)
  const missing = provenance.headers.filter((header) => !headers.includes(header))
  const retry = provenance.retry + 1
  return {
    topic,
    key,
    value,
    headers: [
      ...headersWithout(headers, GONE_NAMES),
      ...missing,
      textHeader(HEADERS.retry, String(retry)),
    ],
    once: identityOf({ ...provenance, retry }),
  }
}

const GONE_NAMES: ReadonlySet<string> = new Set([...FAILURE_NAMES, HEADERS.retry])
