import { FoglineError } from '../std/errors.ts'

/** What an inference function is told by its environment. */
export interface InferenceConfig {
  readonly listen: { readonly host: string; readonly port: number }
  /** Path of the model file. */
  readonly model: string
  /** The model's name for callers: the tier's. */
  readonly name: string
  /** Names of the model's outputs, where they are not to be found out. */
  readonly outputs: { readonly prediction?: string; readonly features?: string }
}

/** An environment, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What images and platforms agree on where nobody says otherwise. */
const PORT = 8080

/** Loopback: a function is opened to a network on purpose only. */
const HOST = '127.0.0.1'

const PORT_MAX = 65_535

/**
 * Reads the environment; an empty variable is an absent one. Needed are FOGLINE_MODEL and
 * FOGLINE_NAME; FOGLINE_HOST, FOGLINE_PORT, FOGLINE_PREDICTION and FOGLINE_FEATURES may be set.
 * Throws ERR_CONFIG.
 */
export function inferenceConfig(env: Environment): InferenceConfig {
  const prediction = optional(env, 'FOGLINE_PREDICTION')
  const features = optional(env, 'FOGLINE_FEATURES')
  return {
    listen: { host: optional(env, 'FOGLINE_HOST') ?? HOST, port: port(env) },
    model: required(env, 'FOGLINE_MODEL'),
    name: required(env, 'FOGLINE_NAME'),
    outputs: {
      ...(prediction === undefined ? {} : { prediction }),
      ...(features === undefined ? {} : { features }),
    },
  }
}

function port(env: Environment): number {
  const text = optional(env, 'FOGLINE_PORT')
  if (text === undefined) return PORT
  if (/^\d{1,5}$/.test(text) && Number(text) <= PORT_MAX) return Number(text)
  throw new FoglineError(
    `Cannot configure function: FOGLINE_PORT is "${text}" (expected 0 to ${PORT_MAX})`,
    { code: 'ERR_CONFIG' },
  )
}

function required(env: Environment, name: string): string {
  const text = optional(env, name)
  if (text !== undefined) return text
  throw new FoglineError(`Cannot configure function: ${name} is missing`, { code: 'ERR_CONFIG' })
}

function optional(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name]
}
