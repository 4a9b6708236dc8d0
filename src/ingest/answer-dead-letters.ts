import { FoglineError, isFoglineError, messageOf } from '../std/errors.ts'
import { readBody } from '../std/request-body.ts'
import { Turns } from '../std/turns.ts'
import { jsonAnswer, laterRefusal, refusal } from './answers.ts'
import type { DeadLetterBox } from './dead-letters/box.ts'
import { findLetter } from './dead-letters/find-letter.ts'
import { handleLetters, type Selection, type Verdict } from './dead-letters/handle-letters.ts'
import { letterOf, placeFromText } from './dead-letters/letter.ts'
import { cursorFromText, cursorText, listLetters } from './dead-letters/list-letters.ts'
import type { IngestLimits } from './limits.ts'
import { recordJson } from './record-json.ts'

/** Answers what concerns the dead letters of one tier. */
export interface DeadLetterAnswers {
  /** `GET /dead-letters/TIER?limit=N&after=CURSOR`: those that nobody has handled, the oldest first. */
  list(request: Request, box: DeadLetterBox): Promise<Response>
  /** `GET /dead-letters/TIER/PARTITION/OFFSET`: one letter with headers and value. */
  show(box: DeadLetterBox, place: string): Promise<Response>
  /** `POST /dead-letters/TIER/retry` or `/drop` with `{"letters": ["0/12"]}` or `{"all": true}`. */
  handle(request: Request, box: DeadLetterBox, verdict: Verdict): Promise<Response>
}

const PAGE_DEFAULT = 50
/** A page of the longest messages stays below 4 MB, which clients take. */
const PAGE_MAX = 1_000
/** Of one request: each may be a range that the broker remembers. */
const LETTERS_MAX = 1_000
/** So many letters by name, and some. */
const BODY_SIZE_BYTES_MAX = 64 * 1024

/** Answers about dead letters; those of one box come in turn, as a group shares out its partitions. */
export function deadLetterAnswers({ quietMs, findTimeoutMs }: IngestLimits): DeadLetterAnswers {
  const turns = new Turns()
  return {
    list: (request, box) =>
      answering(async () => {
        const { limit, after } = pageOf(new URL(request.url).searchParams)
        const page = await turns.take(box.group, () => listLetters(box, { limit, after, quietMs }))
        const next = page.next && cursorText(page.next)
        return jsonAnswer(200, { topic: box.topic, ...page, next })
      }),
    show: (box, text) =>
      answering(async () => {
        const place = placeFromText(text)
        const record = place && (await findLetter(box, place, findTimeoutMs))
        if (!record) return refusal(404, `there is no dead letter "${text}" in "${box.topic}"`)
        return new Response(recordJson(record, letterOf(record)), {
          headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        })
      }),
    handle: (request, box, verdict) =>
      answering(async () => {
        const selection = selectionOf(await readBody(request, BODY_SIZE_BYTES_MAX))
        const act = () => handleLetters(box, { verdict, selection }, quietMs)
        return jsonAnswer(200, await turns.take(box.group, act))
      }),
  }
}

/** Failures as answers: the request's own 400 and 413; a broker that is away, or has no topic, 503. */
async function answering(act: () => Promise<Response>): Promise<Response> {
  try {
    return await act()
  } catch (error) {
    if (isFoglineError(error, 'ERR_REQUEST')) return refusal(400, messageOf(error))
    if (isFoglineError(error, 'ERR_LIMIT')) return refusal(413, messageOf(error))
    if (isFoglineError(error)) return laterRefusal(messageOf(error))
    throw error
  }
}

function pageOf(query: URLSearchParams) {
  const limitText = query.get('limit') ?? String(PAGE_DEFAULT)
  const limit = /^\d{1,4}$/.test(limitText) ? Number(limitText) : 0
  if (limit < 1 || limit > PAGE_MAX) throw wrong('limit', limitText, `1 to ${PAGE_MAX}`)
  const afterText = query.get('after')
  const after = afterText === null ? undefined : cursorFromText(afterText)
  if (afterText !== null && !after) throw wrong('after', afterText, 'the "next" of a page')
  return { limit, after }
}

function selectionOf(body: Uint8Array): Selection {
  const { all, letters } = parsed(body)
  if (all === true && letters === undefined) return { kind: 'all' }
  const isList = Array.isArray(letters) && letters.length > 0 && all === undefined
  if (!isList) throw wrong('body', Buffer.from(body).toString().slice(0, 100), SELECTION_ALLOWED)
  if (letters.length > LETTERS_MAX) {
    throw wrong('letters', `${letters.length} of them`, `at most ${LETTERS_MAX}`)
  }
  for (const letter of letters) {
    if (typeof letter !== 'string' || !placeFromText(letter)) {
      throw wrong('letters', String(letter), 'PARTITION/OFFSET, as "0/12"')
    }
  }
  return { kind: 'some', letters: new Set(letters) }
}

const SELECTION_ALLOWED = '{"letters": ["0/12"]} or {"all": true}'

function parsed(body: Uint8Array): { readonly all?: unknown; readonly letters?: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString())
    return value && typeof value === 'object' ? value : {}
  } catch {
    return {}
  }
}

function wrong(name: string, value: string, allowed: string): FoglineError {
  return new FoglineError(`${name} "${value}" is not allowed (${allowed})`, { code: 'ERR_REQUEST' })
}
