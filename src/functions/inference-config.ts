import { type Environment, type Listen, listenOf, optional, required } from './environment.ts'

/** What an inference function is told by its environment. */
export interface InferenceConfig {
  readonly listen: Listen
  /** Path of the model file. */
  readonly model: string
  /** The model's name for callers: the tier's. */
  readonly name: string
  /** Names of the model's outputs, where they are not to be found out. */
  readonly outputs: { readonly prediction?: string; readonly features?: string }
}

/**
 * Reads the environment; an empty variable is an absent one. Needed are FOGLINE_MODEL and
 * FOGLINE_NAME; FOGLINE_HOST, FOGLINE_PORT, FOGLINE_PREDICTION and FOGLINE_FEATURES may be set.
 * Throws ERR_CONFIG.
 */
export function inferenceConfig(env: Environment): InferenceConfig {
  const prediction = optional(env, 'FOGLINE_PREDICTION')
  const features = optional(env, 'FOGLINE_FEATURES')
  return {
    listen: listenOf(env),
    model: required(env, 'FOGLINE_MODEL'),
    name: required(env, 'FOGLINE_NAME'),
    outputs: {
      ...(prediction === undefined ? {} : { prediction }),
      ...(features === undefined ? {} : { features }),
    },
  }
}
