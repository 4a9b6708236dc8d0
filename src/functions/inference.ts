import { carriedRecords, RECORDS_PARAMETER } from '../core/carried-records.ts'
import { OUTPUT_NAMES } from '../core/decisions.ts'
import type { Handler } from '../core/handler.ts'
import type { Section } from '../core/section.ts'
import { ruleFromParameters, type TierRule } from '../core/tier-rule.ts'
import { JSON_LENGTH_HEADER } from '../core/v2/frame.ts'
import { decodeInferRequest } from '../core/v2/infer-request.ts'
import { encodeInferResponse } from '../core/v2/infer-response.ts'
import type { InferRequest, InferResponse, NamedTensor } from '../core/v2/message.ts'
import type { ModelMetadata, ServerMetadata } from '../core/v2/metadata.ts'
import { writtenAnswer } from '../core/written-answer.ts'
import { FoglineError } from '../std/errors.ts'
import { type Log, noLog } from '../std/log.ts'
import { errorAnswer, jsonAnswer, messageAnswer, statusOf } from './answers.ts'
import { applyRule, type SectionAnswer } from './apply-rule.ts'
import { requestBody } from './request-body.ts'
import { methodOf, type Route, routeOf } from './route.ts'
import { runSection } from './run-section.ts'
import { scaledInputs } from './scaled-inputs.ts'
import { type FunnelledTier, writeOutcomes } from './write-outcomes.ts'

/** What an inference function serves. */
export interface InferenceOptions {
  readonly section: Section
  /** The model's name for callers: the tier's. */
  readonly name: string
  /** Which output is the prediction. */
  readonly prediction: string
  /** Which output goes to the tier above; absent at the top. */
  readonly features?: string | undefined
  /** Where outcomes go of requests that carry their records; absent where a connector writes them. */
  readonly outcomes?: Omit<FunnelledTier, 'tier' | 'model'> | undefined
  /** Of Fogline, for the server's metadata. */
  readonly version: string
  readonly log?: Log
}

/**
 * The function of a tier: the Open Inference Protocol V2 over one section, JSON and binary tensors,
 * many samples a request. Asked with an exit rule among the parameters (core/tier-rule.ts), it decides
 * for each sample; asked without, it answers the model's own outputs. Asked with records
 * (core/carried-records.ts), and set up with funnels, it decides by its own rule and writes the
 * outcomes, too. Throws ERR_CONFIG where the section has no output of the given names.
 */
export function inferenceHandler(options: InferenceOptions): Handler {
  const log = options.log ?? noLog
  checkNames(options)
  return async (request) => {
    try {
      return await answer(request, options)
    } catch (error) {
      const status = statusOf(error)
      if (status === 500) log('error', 'Cannot infer', { model: options.name, error })
      return errorAnswer(error, status)
    }
  }
}

function checkNames({ section, prediction, features }: InferenceOptions): void {
  const names = section.outputs.map(({ name }) => name)
  for (const name of [prediction, features]) {
    if (name === undefined || names.includes(name)) continue
    throw new FoglineError(
      `Cannot serve model: it has no output "${name}" (expected one of ${names.join(', ')})`,
      { code: 'ERR_CONFIG' },
    )
  }
}

async function answer(request: Request, options: InferenceOptions): Promise<Response> {
  const { pathname } = new URL(request.url)
  const route = routeOf(pathname)
  if (!route) return errorAnswer(`Cannot find "${pathname}": no path of the protocol`, 404)
  const method = methodOf(route)
  if (method !== request.method && !(method === 'GET' && request.method === 'HEAD')) {
    const refusal = errorAnswer(`Cannot ${request.method} "${pathname}" (expected ${method})`, 405)
    refusal.headers.set('allow', method)
    return refusal
  }
  const missing = missingModel(route, options)
  if (missing) return errorAnswer(missing, 404)
  switch (route.kind) {
    case 'server':
      return jsonAnswer(serverMetadata(options))
    case 'model':
      return jsonAnswer(modelMetadata(options))
    case 'infer':
      return infer(request, options)
    default:
      // A section is loaded before its function listens: what answers is live and ready.
      return jsonAnswer({ [route.kind === 'live' ? 'live' : 'ready']: true })
  }
}

function missingModel(route: Route, { name, section }: InferenceOptions): string | undefined {
  if (!('model' in route)) return undefined
  if (route.model !== name) return `Cannot find model "${route.model}": "${name}" is served here`
  if (route.version === undefined || route.version === section.version) return undefined
  return `Cannot find version "${route.version}" of model "${name}": it is "${section.version}"`
}

function serverMetadata({ version }: InferenceOptions): ServerMetadata {
  return { name: 'fogline', version, extensions: ['binary_tensor_data'] }
}

function modelMetadata({ name, section }: InferenceOptions): ModelMetadata {
  return {
    name,
    versions: [section.version],
    platform: 'onnxruntime_onnx',
    inputs: section.inputs,
    outputs: section.outputs,
  }
}

async function infer(request: Request, options: InferenceOptions): Promise<Response> {
  const asked = decodeInferRequest({
    body: await requestBody(request),
    headers: { [JSON_LENGTH_HEADER]: request.headers.get(JSON_LENGTH_HEADER) ?? undefined },
  })
  const rule = ruleFromParameters(asked.parameters)
  checkOutputs(asked, { rule, options })
  const inputs = scaledInputs(asked, options.section)
  const own = await runSection(options.section, inputs)
  const { outputs, parameters } = (await written(own, { asked, options })) ?? {
    outputs: rule ? decided(own, { rule, options }) : own,
    parameters: {},
  }
  const response = {
    modelName: options.name,
    modelVersion: options.section.version,
    parameters,
    outputs: selected(outputs, asked),
    ...(asked.id === undefined ? {} : { id: asked.id }),
  }
  const binary = new Map(asked.outputs?.map((output) => [output.name, output.binary]))
  return messageAnswer(
    encodeInferResponse(response, { binary: (name) => binary.get(name) ?? asked.binaryOutputs }),
  )
}

/** Refuses unknown outputs before the model has run for nothing. */
function checkOutputs(
  { outputs = [] }: InferRequest,
  { rule, options }: { readonly rule: TierRule | undefined; readonly options: InferenceOptions },
): void {
  const names = rule ? Object.values(OUTPUT_NAMES) : options.section.outputs.map(({ name }) => name)
  const unknown = outputs.find(({ name }) => !names.some((known) => known === name))
  if (!unknown) return
  throw new FoglineError(
    `Cannot answer output "${unknown.name}" (expected one of ${names.join(', ')})`,
    { code: 'ERR_REQUEST' },
  )
}

/** What was written for the records that the request carries; undefined where nothing is to be. */
async function written(
  outputs: readonly NamedTensor[],
  { asked, options }: { readonly asked: InferRequest; readonly options: InferenceOptions },
): Promise<Pick<InferResponse, 'outputs' | 'parameters'> | undefined> {
  const { outcomes, name, section } = options
  const carried = asked.parameters[RECORDS_PARAMETER]
  if (!outcomes || carried === undefined) return undefined
  const model = `${name}@${section.version}`
  const answer = sectionAnswer(outputs, options)
  return writtenAnswer(
    await writeOutcomes(answer, carriedRecords(carried), { ...outcomes, tier: name, model }),
  )
}

function decided(
  outputs: readonly NamedTensor[],
  { rule, options }: { readonly rule: TierRule; readonly options: InferenceOptions },
): readonly NamedTensor[] {
  return applyRule(sectionAnswer(outputs, options), rule)
}

function sectionAnswer(
  outputs: readonly NamedTensor[],
  { prediction: name, features }: InferenceOptions,
): SectionAnswer {
  const prediction = outputs.find((output) => output.name === name)
  // Both names were checked, and a section gives all its outputs.
  if (!prediction) throw new TypeError(`Cannot find output "${name}"`)
  return { prediction, features: outputs.find((output) => output.name === features) }
}

/** The outputs that were asked for, in that order; all where none was named. */
function selected(outputs: readonly NamedTensor[], asked: InferRequest): readonly NamedTensor[] {
  if (!asked.outputs) return outputs
  return asked.outputs.flatMap(({ name }) => outputs.filter((output) => output.name === name))
}
