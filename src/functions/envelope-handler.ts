import type { Handler } from '../core/handler.ts'
import { HEADERS, textHeader } from '../core/headers.ts'
import type { Section } from '../core/section.ts'
import { allFinite, rows, type Tensor, toFloats } from '../core/tensor.ts'
import { type Envelope, envelopeText, readEnvelope } from '../formats/envelope.ts'
import { FoglineError, isFoglineError, messageOf } from '../std/errors.ts'
import type { HttpAnswer } from '../std/http-client.ts'
import { type Log, noLog } from '../std/log.ts'
import { errorAnswer, jsonAnswer, statusOf } from './answers.ts'
import type { SectionAnswer } from './apply-rule.ts'
import type { Downstream } from './downstream.ts'
import { samplesOf, valueText } from './envelope-value.ts'
import { requestBody } from './request-body.ts'
import { runSection } from './run-section.ts'

/** What an inference function needs to stand in for the prototype's. */
export interface EnvelopeOptions {
  readonly section: Section
  /** Which outputs are which; no features at the top. */
  readonly prediction: string
  readonly features?: string | undefined
  readonly exit: Pick<Downstream, 'post' | 'url'>
  /** Takes samples whose largest probability is below `confidence`; absent at the top. */
  readonly next?: (Pick<Downstream, 'post' | 'url'> & { readonly confidence: number }) | undefined
  readonly log?: Log
}

/**
 * The prototype's inference function: POST of an envelope runs the section on its value, puts the
 * prediction or the features in its place, and posts it on. 200 only if the next one said so. Each
 * sample of a batch decides for itself. 400 and 413: the envelope is at fault, 422: the model gave no
 * numbers for it, 502 to 504: the next one is. Throws ERR_CONFIG for a next one without features.
 */
export function envelopeHandler(options: EnvelopeOptions): Handler {
  const { log = noLog } = options
  if (options.next && options.features === undefined) {
    throw new FoglineError(
      'Cannot serve model: it has one output (a next function needs features)',
      { code: 'ERR_CONFIG' },
    )
  }
  return async (request) => {
    try {
      const envelope = readEnvelope(await requestBody(request))
      const outcomes = outcomesOf(await answerTo(envelope, options), { envelope, options })
      return relayed(await Promise.all(outcomes.map(postOn)))
    } catch (error) {
      const status = isFoglineError(error, 'ERR_MODEL') ? 422 : statusOf(error)
      if (status === 500) log('error', 'Cannot infer', { error })
      return errorAnswer(error, status)
    }
  }
}

async function answerTo(
  { value }: Envelope,
  { section, prediction, features }: EnvelopeOptions,
): Promise<SectionAnswer> {
  const [spec] = section.inputs
  if (!spec) throw new TypeError('A section has an input')
  const outputs = await runSection(section, [{ name: spec.name, ...samplesOf(value, spec) }])
  const found = outputs.find(({ name }) => name === prediction)
  if (!found) throw new TypeError(`Cannot find output "${prediction}"`)
  return { prediction: found, features: outputs.find(({ name }) => name === features) }
}

/** What is to be posted, and where to. */
interface Posting {
  readonly to: Pick<Downstream, 'post' | 'url'>
  readonly text: string
}

interface Context {
  readonly envelope: Envelope
  readonly options: EnvelopeOptions
}

/** One envelope for the samples that leave, one for those that do not; mostly there is one sample. */
function outcomesOf(answer: SectionAnswer, { envelope, options }: Context): readonly Posting[] {
  const { exit, next } = options
  const count = answer.prediction.shape[0] ?? 0
  const samples = Array.from({ length: count }, (_, index) => index)
  const leaves = (index: number): boolean =>
    !next || maximum(rows(answer.prediction, index, index + 1)) >= next.confidence
  const { exits = [], forwards = [] } = Object.groupBy(samples, (index) =>
    leaves(index) ? 'exits' : 'forwards',
  )
  const isSplit = exits.length > 0 && forwards.length > 0
  const posting = (to: Posting['to'], output: Tensor | undefined, chosen: readonly number[]) => {
    if (chosen.length === 0) return []
    if (!output) throw new TypeError('A tier with a next one has features')
    const part = isSplit ? partOf(envelope, chosen) : envelope
    return [{ to, text: envelopeText({ ...part, value: valueText(output, chosen) }) }]
  }
  return [
    ...posting(exit, answer.prediction, exits),
    ...(next ? posting(next, answer.features, forwards) : []),
  ]
}

/** Not finite: below every threshold, as NaN is for NumPy's `max() >= confidence`. */
function maximum(prediction: Tensor): number {
  if (!allFinite(prediction)) return Number.NaN
  return toFloats(prediction).reduce((most, value) => Math.max(most, value), -Infinity)
}

/** Two records made of one have two ids, which say which samples they are; else one is a duplicate. */
function partOf(envelope: Envelope, chosen: readonly number[]): Envelope {
  const headers = envelope.headers.map(([name, value]) =>
    name === HEADERS.id
      ? textHeader(name, `${Buffer.from(value).toString()}/${chosen.join(',')}`)
      : ([name, value] as const),
  )
  return { ...envelope, headers }
}

/** What came of a posting: the status to answer with, and what the next one said. */
interface Posted {
  readonly status: number
  readonly body: string
}

async function postOn({ to, text }: Posting): Promise<Posted> {
  try {
    const body = new TextEncoder().encode(text)
    return postedOf(await to.post(body, { 'content-type': 'application/json' }))
  } catch (cause) {
    const status = isFoglineError(cause, 'ERR_TIMEOUT') ? 504 : 503
    const error = new FoglineError(`Cannot post on to ${to.url}`, {
      code: 'ERR_UNAVAILABLE',
      cause,
    })
    return { status, body: messageOf(error) }
  }
}

/**
 * 4xx and 503 are passed on: the envelope is at fault, or waiting helps. Any other failure is 502: not
 * ours, and perhaps not the envelope's.
 */
function postedOf({ status, body }: HttpAnswer): Posted {
  const isOk = status >= 200 && status < 300
  const isPassed = (status >= 400 && status < 500) || status === 503
  return { status: isOk ? 200 : isPassed ? status : 502, body: new TextDecoder().decode(body) }
}

/** As the prototype answers: what the next one did; of two, what is worse. */
function relayed(posted: readonly Posted[]): Response {
  const worst = posted.toSorted((a, b) => b.status - a.status)[0] ?? { status: 200, body: '' }
  return jsonAnswer(worst, worst.status)
}
