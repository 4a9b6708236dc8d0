import type { Handler } from '../core/handler.ts'
import type { Section } from '../core/section.ts'
import { loadSection } from '../models/load.ts'
import { type ChosenOutputs, chooseOutputs } from '../models/outputs.ts'
import type { Log } from '../std/log.ts'
import { packageVersion } from '../std/package-version.ts'
import { type Downstream, httpDownstream } from './downstream.ts'
import { envelopeHandler } from './envelope-handler.ts'
import { inferenceHandler } from './inference.ts'
import type { InferenceConfig } from './inference-config.ts'
import type { OutcomesConfig } from './outcomes-config.ts'
import type { PrototypeConfig } from './prototype-config.ts'
import { routeOf } from './route.ts'

/** An inference function with all that it needs. */
export interface InferenceFunction {
  readonly handler: Handler
  /** Frees the model and ends connections; nothing is called any more. */
  close(): Promise<void>
}

/**
 * Loads the model of `config` and sets its function up: the Open Inference Protocol V2, and, with the
 * prototype's settings, envelopes at every other path. Throws ERR_MODEL or ERR_CONFIG.
 */
export async function inferenceFunction(
  config: InferenceConfig,
  log: Log,
): Promise<InferenceFunction> {
  const { model, cacheFolder, name, outcomes, prototype } = config
  const section = await loadSection(model, { cacheFolder, log })
  const { prediction, features } = outputsOf(section, config)
  const funnels = outcomes && funnelsOf(outcomes)
  const served = { section, prediction, features, log }
  const infer = inferenceHandler({
    ...served,
    name,
    outcomes: outcomes && funnels && { ...outcomes, ...funnels },
    version: packageVersion(),
  })
  const parts = prototype && prototypeParts(prototype)
  const envelopes = parts && envelopeHandler({ ...served, ...parts })
  return {
    handler: (request) => (envelopes && isEnvelope(request) ? envelopes(request) : infer(request)),
    close: async () => {
      const downstreams = [funnels?.exit, funnels?.next, parts?.exit, parts?.next]
      await Promise.all(downstreams.map((one) => one?.close()))
      await section.close()
    },
  }
}

/** The prototype knows its outputs by their order: what goes up, then the exit. */
function outputsOf(section: Section, { outputs, prototype }: InferenceConfig): ChosenOutputs {
  if (outputs.prediction !== undefined) {
    const { prediction, features } = outputs
    return features === undefined ? { prediction } : { prediction, features }
  }
  const [up, exit] = section.outputs
  if (prototype?.next && outputs.features === undefined && up && exit) {
    return { prediction: exit.name, features: up.name }
  }
  return chooseOutputs(section.outputs, { configured: outputs })
}

function funnelsOf({ exitUrl, nextUrl, timeoutMs }: OutcomesConfig): {
  readonly exit: Downstream
  readonly next: Downstream | undefined
} {
  return {
    exit: httpDownstream(exitUrl, timeoutMs),
    next: nextUrl === undefined ? undefined : httpDownstream(nextUrl, timeoutMs),
  }
}

function prototypeParts({ exitUrl, next, timeoutMs }: PrototypeConfig) {
  return {
    exit: httpDownstream(exitUrl, timeoutMs),
    next: next && { ...httpDownstream(next.url, timeoutMs), confidence: next.confidence },
  }
}

function isEnvelope({ method, url }: Request): boolean {
  return method === 'POST' && !routeOf(new URL(url).pathname)
}
