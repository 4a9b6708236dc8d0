import { basename, extname } from 'node:path'
import { type Environment, type Listen, listenOf, optional, required } from './environment.ts'
import { type OutcomesConfig, outcomesConfig } from './outcomes-config.ts'
import { type PrototypeConfig, prototypeConfig } from './prototype-config.ts'

/** What an inference function is told by its environment. */
export interface InferenceConfig {
  readonly listen: Listen
  /** Path of the model file. */
  readonly model: string
  /** The model's name for callers: the tier's. */
  readonly name: string
  /** Names of the model's outputs, where they are not to be found out. */
  readonly outputs: { readonly prediction?: string; readonly features?: string }
  /** Present where it decides and writes by itself. */
  readonly outcomes?: OutcomesConfig
  /** Present where it stands in for the prototype's function, too. */
  readonly prototype?: PrototypeConfig
}

/**
 * Reads the environment; an empty variable is an absent one. Needed are FOGLINE_MODEL and
 * FOGLINE_NAME; FOGLINE_HOST, FOGLINE_PORT, FOGLINE_PREDICTION and FOGLINE_FEATURES may be set, and
 * what outcomesConfig() and prototypeConfig() read. With the prototype's MODEL and EXIT_URL nothing
 * else is needed. Throws ERR_CONFIG.
 */
export function inferenceConfig(env: Environment): InferenceConfig {
  const prediction = optional(env, 'FOGLINE_PREDICTION')
  const features = optional(env, 'FOGLINE_FEATURES')
  const prototype = prototypeConfig(env)
  const outcomes = outcomesConfig(env)
  const model = optional(env, 'FOGLINE_MODEL') ?? prototype?.model ?? required(env, 'FOGLINE_MODEL')
  const named = prototype && basename(model, extname(model))
  return {
    listen: listenOf(env),
    model,
    name: optional(env, 'FOGLINE_NAME') ?? named ?? required(env, 'FOGLINE_NAME'),
    outputs: {
      ...(prediction === undefined ? {} : { prediction }),
      ...(features === undefined ? {} : { features }),
    },
    ...(outcomes && { outcomes }),
    ...(prototype && { prototype }),
  }
}
