import { encodeRecords, FRAMED_RECORDS_MAX, type FramedRecord } from '../core/record-frame.ts'
import { FoglineError, messageOf } from '../std/errors.ts'
import type { HttpAnswer } from '../std/http-client.ts'
import type { Downstream } from './downstream.ts'

/** Bytes of values in one call, at most; a single larger record goes alone. */
const CALL_SIZE_BYTES_MAX = 16 * 1024 * 1024

/** An error's text is for reading. */
const DETAIL_CHARACTERS_MAX = 300

/** A record that a funnel can never write. */
export interface RefusedRecord {
  /** Its place among those that were given. */
  readonly index: number
  readonly error: FoglineError
}

/**
 * Writes `records` by `funnel`, in order; resolves once all are durable but those given back, which
 * are too large. Throws ERR_UNAVAILABLE for anything else: then some may be written, and all are to
 * be sent again.
 */
export async function writeByFunnel(
  records: readonly FramedRecord[],
  funnel: Pick<Downstream, 'post' | 'url'>,
): Promise<readonly RefusedRecord[]> {
  const refused: RefusedRecord[] = []
  let from = 0
  while (from < records.length) {
    const to = endOfCall(records, from)
    refused.push(...(await writeSlice(records, { funnel, from, to })))
    from = to
  }
  return refused
}

function endOfCall(records: readonly FramedRecord[], from: number): number {
  let sizeBytes = 0
  let to = from
  while (to < records.length && to - from < FRAMED_RECORDS_MAX) {
    sizeBytes += records[to]?.value.length ?? 0
    if (sizeBytes > CALL_SIZE_BYTES_MAX && to > from) break
    to++
  }
  return to
}

interface Slice {
  readonly funnel: Pick<Downstream, 'post' | 'url'>
  readonly from: number
  readonly to: number
}

/** Halves what is too large until the culprit is alone; what lies before it stays before it. */
async function writeSlice(
  records: readonly FramedRecord[],
  { funnel, from, to }: Slice,
): Promise<readonly RefusedRecord[]> {
  const answer = await call(records.slice(from, to), funnel)
  if (answer.status === 200 && writtenOf(answer) === to - from) return []
  if (answer.status !== 413) throw unavailable(funnel, stateOf(answer))
  if (to - from === 1) {
    const message = `Cannot write outcome: ${detailOf(answer)}`
    return [{ index: from, error: new FoglineError(message, { code: 'ERR_LIMIT' }) }]
  }
  const middle = Math.ceil((from + to) / 2)
  const first = await writeSlice(records, { funnel, from, to: middle })
  return [...first, ...(await writeSlice(records, { funnel, from: middle, to }))]
}

async function call(
  records: readonly FramedRecord[],
  funnel: Slice['funnel'],
): Promise<HttpAnswer> {
  const { body, headers } = encodeRecords(records)
  try {
    return await funnel.post(body, headers)
  } catch (cause) {
    throw unavailable(funnel, 'it does not answer', cause)
  }
}

/** Who answers 200 without this word has not written anything. */
function writtenOf({ body }: HttpAnswer): unknown {
  try {
    const { written } = JSON.parse(new TextDecoder().decode(body)) as { readonly written?: unknown }
    return written
  } catch {
    return undefined
  }
}

function stateOf(answer: HttpAnswer): string {
  if (answer.status === 200) return 'it does not say that it wrote all records (is it a funnel?)'
  return `it answered ${answer.status}, "${detailOf(answer)}"`
}

function detailOf({ body }: HttpAnswer): string {
  const text = new TextDecoder().decode(body.subarray(0, DETAIL_CHARACTERS_MAX * 2))
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown }
    if (typeof error === 'string') return messageOf(error).slice(0, DETAIL_CHARACTERS_MAX)
  } catch {
    // Not ours; shown as it is.
  }
  return messageOf(text.trim()).slice(0, DETAIL_CHARACTERS_MAX)
}

function unavailable({ url }: Slice['funnel'], state: string, cause?: unknown): FoglineError {
  return new FoglineError(`Cannot write by funnel ${url}: ${state}`, {
    code: 'ERR_UNAVAILABLE',
    cause,
  })
}
