import type { ReceivedRecord } from '../core/broker.ts'
import { carryRecords, RECORDS_PARAMETER } from '../core/carried-records.ts'
import { type Scaling, scalingToParameters } from '../core/scaling.ts'
import type { Tensor } from '../core/tensor.ts'
import { ruleToParameters, type TierRule } from '../core/tier-rule.ts'
import { encodeInferRequest } from '../core/v2/infer-request.ts'
import { decodeInferResponse } from '../core/v2/infer-response.ts'
import type { InferResponse, Parameters } from '../core/v2/message.ts'
import { readWrittenAnswer, type WrittenSample } from '../core/written-answer.ts'
import { FoglineError, isFoglineError, messageOf } from '../std/errors.ts'
import type { HttpAnswer, HttpClient } from '../std/http-client.ts'
import type { Fault } from './after-failure.ts'

/** A batch for a function. */
export interface Invocation {
  /** [n, …]. */
  readonly batch: Tensor
  /** Still to be done to the batch's bytes. */
  readonly scaling?: Scaling | undefined
  /** Of one partition; what the samples were read from. */
  readonly records: readonly ReceivedRecord[]
  readonly rule: TierRule
  readonly signal: AbortSignal
}

/** What came of an invocation. */
export type InvocationResult =
  | { readonly kind: 'answered'; readonly response: InferResponse }
  /** The function, or who comes after it, has written the outcomes itself. */
  | { readonly kind: 'written'; readonly samples: readonly WrittenSample[] }
  | { readonly kind: 'failed'; readonly fault: Fault; readonly error: FoglineError }

/** Calls a tier's function once; does not throw, not even where the signal aborts. */
export type Invoke = (invocation: Invocation) => Promise<InvocationResult>

/** Which function, by the Open Inference Protocol V2. */
export interface HttpInvokeOptions {
  /** Of the function's origin, or of a gateway in this process. */
  readonly client: Pick<HttpClient, 'request'>
  /** Of the model: `/function/digits-edge/v2/models/edge`. */
  readonly path: string
  /** The model's input that takes the samples. */
  readonly inputName: string
  /** For a whole invocation, a cold start included. */
  readonly timeoutMs: number
}

/** Invokes a function over HTTP, tensors as bytes, with the rule among the parameters. */
export function httpInvoke(options: HttpInvokeOptions): Invoke {
  return (invocation) => {
    const parameters = ruleToParameters(invocation.rule)
    return invokeBy(() => callModel(options, invocation, parameters), {
      read: (answer) => ({ kind: 'answered', response: decodeInferResponse(answer) }),
    })
  }
}

/**
 * Invokes a function that writes the outcomes itself: the records travel as a parameter, the rule is
 * in the function's own configuration. Without its word nothing counts as written.
 */
export function funnelInvoke(options: HttpInvokeOptions): Invoke {
  return (invocation) => {
    const { records } = invocation
    const parameters = { [RECORDS_PARAMETER]: carryRecords(records) }
    return invokeBy(() => callModel(options, invocation, parameters), {
      read: (answer) => writtenResult(decodeInferResponse(answer), records.length),
    })
  }
}

function writtenResult(response: InferResponse, count: number): InvocationResult {
  try {
    return { kind: 'written', samples: readWrittenAnswer(response, count) }
  } catch (error) {
    // It is set up without funnels: no fault of the records, and nothing is written or lost.
    return { kind: 'failed', fault: 'surroundings', error: functionError(error) }
  }
}

/** Makes a call; `read` is given what is answered with a status from 200 to 299. */
export async function invokeBy(
  call: () => Promise<HttpAnswer>,
  { read }: { readonly read: (answer: HttpAnswer) => InvocationResult },
): Promise<InvocationResult> {
  try {
    const answer = await call()
    return answer.status >= 200 && answer.status < 300 ? read(answer) : failedAnswer(answer)
  } catch (cause) {
    return { kind: 'failed', fault: faultOfError(cause), error: functionError(cause) }
  }
}

function callModel(
  { client, path, inputName, timeoutMs }: HttpInvokeOptions,
  { batch, scaling, signal }: Invocation,
  rest: Parameters,
): Promise<HttpAnswer> {
  const inputs = [{ name: inputName, ...batch }]
  const parameters = { ...rest, ...scalingToParameters(scaling) }
  const { body, headers } = encodeInferRequest({ parameters, inputs, binaryOutputs: true })
  return client.request({ method: 'POST', path: `${path}/infer`, headers, body, timeoutMs, signal })
}

function failedAnswer(answer: HttpAnswer): InvocationResult {
  const detail = errorText(answer.body)
  const error = new FoglineError(
    `Cannot invoke function: it answered ${answer.status}${detail && `, "${detail}"`}`,
    { code: answer.status < 500 ? 'ERR_REQUEST' : 'ERR_FUNCTION' },
  )
  return { kind: 'failed', fault: faultOfStatus(answer.status), error }
}

/** Whose fault an answer of this status is. */
export function faultOfStatus(status: number): Fault {
  return FAULTS[status] ?? (status >= 400 && status < 500 ? 'records' : 'function')
}

/** Statuses that say something else than their class. */
const FAULTS: Readonly<Record<number, Fault>> = {
  // Not allowed, no such function or model, wrong method: the set-up is wrong, not the record.
  401: 'surroundings',
  403: 'surroundings',
  404: 'surroundings',
  405: 'surroundings',
  407: 'surroundings',
  408: 'unclear',
  425: 'surroundings',
  429: 'surroundings',
  // A gateway whose function broke off, or did not answer in time: away, or broken by this batch.
  502: 'unclear',
  503: 'surroundings',
  504: 'unclear',
}

/** Nothing of the call reached anybody. */
const UNREACHED: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

function faultOfError(error: unknown): Fault {
  if (isFoglineError(error, 'ERR_UNAVAILABLE')) {
    return UNREACHED.has(codeOf(error.cause)) ? 'surroundings' : 'unclear'
  }
  return isFoglineError(error, 'ERR_TIMEOUT') ? 'unclear' : 'function'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function functionError(cause: unknown): FoglineError {
  if (isFoglineError(cause, 'ERR_UNAVAILABLE') || isFoglineError(cause, 'ERR_TIMEOUT')) return cause
  return new FoglineError("Cannot use the function's answer", { code: 'ERR_FUNCTION', cause })
}

/** An error's text in a log line or a header is for reading; a proxy may answer a whole page. */
const DETAIL_CHARACTERS_MAX = 500

/** The protocol's `{"error": …}`, else the body as text. */
function errorText(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, DETAIL_CHARACTERS_MAX * 2))
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown }
    if (typeof error === 'string') return messageOf(error).slice(0, DETAIL_CHARACTERS_MAX)
  } catch {
    // Not the protocol's; shown as it is.
  }
  return messageOf(text.trim()).slice(0, DETAIL_CHARACTERS_MAX)
}
