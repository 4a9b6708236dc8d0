import { type ModelSource, modelName, modelSource } from '../models/sources/model-source.ts'
import { type Environment, flag, type Listen, listenOf, optional, required } from './environment.ts'
import { type OutcomesConfig, outcomesConfig } from './outcomes-config.ts'
import { type PrototypeConfig, prototypeConfig } from './prototype-config.ts'

/** What an inference function is told by its environment. */
export interface InferenceConfig {
  readonly listen: Listen
  readonly model: ModelSource
  /** Where copies of models are kept; absent, none are. */
  readonly cacheFolder?: string
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
 * Reads the environment; an empty variable is an absent one. Needed are FOGLINE_MODEL (a path or an
 * address) and FOGLINE_NAME; FOGLINE_MODEL_SHA256, FOGLINE_MODEL_SIGNATURE, FOGLINE_MODEL_ALLOW_HTTP,
 * FOGLINE_MODEL_ALLOW_PRIVATE, FOGLINE_CACHE, FOGLINE_HOST, FOGLINE_PORT, FOGLINE_PREDICTION and
 * FOGLINE_FEATURES may be set, and what outcomesConfig() and prototypeConfig() read. With the prototype's MODEL and EXIT_URL nothing
 * else is needed. Throws ERR_CONFIG.
 */
export function inferenceConfig(env: Environment): InferenceConfig {
  const prediction = optional(env, 'FOGLINE_PREDICTION')
  const features = optional(env, 'FOGLINE_FEATURES')
  const prototype = prototypeConfig(env)
  const outcomes = outcomesConfig(env)
  const model = optional(env, 'FOGLINE_MODEL') ?? prototype?.model ?? required(env, 'FOGLINE_MODEL')
  const named = prototype && (modelName(model) || 'model')
  const cacheFolder = optional(env, 'FOGLINE_CACHE')
  return {
    listen: listenOf(env),
    model: sourceOf(model, env),
    ...(cacheFolder !== undefined && { cacheFolder }),
    name: optional(env, 'FOGLINE_NAME') ?? named ?? required(env, 'FOGLINE_NAME'),
    outputs: {
      ...(prediction === undefined ? {} : { prediction }),
      ...(features === undefined ? {} : { features }),
    },
    ...(outcomes && { outcomes }),
    ...(prototype && { prototype }),
  }
}

function sourceOf(model: string, env: Environment): ModelSource {
  const allowHttp = flag(env, 'FOGLINE_MODEL_ALLOW_HTTP')
  const allowPrivate = flag(env, 'FOGLINE_MODEL_ALLOW_PRIVATE')
  return modelSource(model, {
    folder: '.',
    sha256: optional(env, 'FOGLINE_MODEL_SHA256'),
    signature: optional(env, 'FOGLINE_MODEL_SIGNATURE'),
    ...(allowHttp !== undefined && { allowHttp }),
    ...(allowPrivate !== undefined && { allowPrivate }),
  })
}
