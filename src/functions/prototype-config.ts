import { FoglineError } from '../std/errors.ts'
import { type Environment, optional, required, wholeNumber } from './environment.ts'

/** The settings of the thesis prototype's inference function. */
export interface PrototypeConfig {
  /** Path or address of the model file. */
  readonly model: string
  readonly exitUrl: string
  /** Absent at the top. */
  readonly next?: { readonly url: string; readonly confidence: number }
  /** Of a call of the next function; the prototype had none. */
  readonly timeoutMs: number
}

/** The functions of the prototype had a minute for everything. */
const TIMEOUT_MS = 20_000
const TIMEOUT_MS_MAX = 3_600_000

/**
 * Reads MODEL, EXIT_URL, NEXT_URL and NEXT_CONFIDENCE, and FOGLINE_FUNNEL_TIMEOUT_MS, which is ours.
 * Undefined where neither MODEL nor EXIT_URL is set. Throws ERR_CONFIG.
 */
export function prototypeConfig(env: Environment): PrototypeConfig | undefined {
  const model = optional(env, 'MODEL')
  const exitUrl = optional(env, 'EXIT_URL')
  if (model === undefined && exitUrl === undefined) return undefined
  const nextUrl = optional(env, 'NEXT_URL')
  const limits = { min: 1, max: TIMEOUT_MS_MAX }
  return {
    model: model ?? required(env, 'MODEL'),
    exitUrl: exitUrl ?? required(env, 'EXIT_URL'),
    ...(nextUrl !== undefined && { next: { url: nextUrl, confidence: confidenceOf(env) } }),
    timeoutMs: wholeNumber(env, 'FOGLINE_FUNNEL_TIMEOUT_MS', limits) ?? TIMEOUT_MS,
  }
}

function confidenceOf(env: Environment): number {
  const text = required(env, 'NEXT_CONFIDENCE')
  const confidence = Number(text)
  if (Number.isFinite(confidence)) return confidence
  throw new FoglineError(
    `Cannot configure function: NEXT_CONFIDENCE is "${text}" (expected a number)`,
    { code: 'ERR_CONFIG' },
  )
}
