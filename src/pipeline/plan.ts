import { existsSync } from 'node:fs'
import { elementCount, shapeFits, type TensorSpec } from '../core/tensor.ts'
import type { ResolvedInput } from '../formats/record-decoder.ts'
import { readSpecs } from '../models/inspect.ts'
import { chooseOutputs } from '../models/outputs.ts'
import type { ModelSource } from '../models/sources/model-source.ts'
import type { ReadOptions } from '../models/sources/read-model.ts'
import { FoglineError, isFoglineError } from '../std/errors.ts'
import { avroSchemaOf } from './avro-schema.ts'
import type { Pipeline, PipelineTier } from './pipeline.ts'

/** A tier with all that its model settles. */
export interface TierPlan {
  readonly tier: PipelineTier
  /** Of the model's file, in hexadecimal. */
  readonly sha256: string
  /** Name of the model's only input. */
  readonly inputName: string
  /** How records become that input. */
  readonly input: ResolvedInput
  /** Names of the model's outputs. */
  readonly prediction: string
  /** Absent at the top. */
  readonly features?: string
}

/**
 * Holds the pipeline against its models: inputs, outputs, and that each tier's features are what the
 * tier above takes, if that one's model is on this machine or runs here. Throws ERR_CONFIG, naming the tier, where
 * they do not fit; ERR_MODEL for a file that is refused.
 */
export async function planPipeline(
  pipeline: Pipeline,
  options: ReadOptions = {},
): Promise<readonly TierPlan[]> {
  const sources = pipeline.tiers.flatMap(({ model, upper }) =>
    upper && isFileHere(upper.model) ? [model, upper.model] : [model],
  )
  const read = async (source: ModelSource) => [source, await readSpecs(source, options)] as const
  const specs = new Map(await Promise.all(Array.from(new Set(sources), read)))
  const schemas = await Promise.all(pipeline.tiers.map(avroSchemaOf))
  return pipeline.tiers.map((tier, index) => {
    const own = specs.get(tier.model) ?? { sha256: '', inputs: [], outputs: [] }
    const input = onlyInput(tier, own.inputs)
    const taken = tier.upper && specs.get(tier.upper.model)?.inputs
    const outputs = chosenOutputs(tier, { outputs: own.outputs, taken })
    const resolved = { ...resolveInput(tier, input), schema: schemas[index] }
    return { tier, sha256: own.sha256, inputName: input.name, input: resolved, ...outputs }
  })
}

/** The model of a tier that runs elsewhere is worth a look, but not a download. */
function isFileHere(source: ModelSource): boolean {
  return source.kind === 'file' && existsSync(source.path)
}

function onlyInput(tier: PipelineTier, inputs: readonly TensorSpec[]): TensorSpec {
  const [input] = inputs
  if (input && inputs.length === 1) return input
  const names = inputs.map(({ name }) => `"${name}"`).join(', ')
  throw misfit(tier, `its model has ${inputs.length} inputs, ${names} (one is expected)`)
}

/** Records are single samples: every size of one must be known. */
function resolveInput(tier: PipelineTier, spec: TensorSpec): ResolvedInput {
  const { format, scale, offset, fields } = tier.input
  const pattern = spec.shape.slice(1)
  const shape = tier.input.shape ?? pattern
  if (shape.includes(-1)) {
    throw misfit(tier, `its model takes [${pattern.join(', ')}], -1 for any size (set input.shape)`)
  }
  if (!shapeFits(shape, pattern)) {
    const shapes = `[${shape.join(', ')}], its model takes [${pattern.join(', ')}]`
    throw misfit(tier, `input.shape is ${shapes}`)
  }
  if (fields && fields.length > 1 && fields.length !== elementCount(shape)) {
    const counts = `${fields.length} fields, its model takes ${elementCount(shape)} numbers`
    throw misfit(tier, `input.fields has ${counts}`)
  }
  return {
    format,
    datatype: tier.input.datatype ?? spec.datatype,
    shape,
    scale,
    offset,
    fields,
    modelDatatype: spec.datatype,
  }
}

interface Surroundings {
  readonly outputs: readonly TensorSpec[]
  /** Inputs of the tier above; undefined at the top, and where its model is on another machine. */
  readonly taken: readonly TensorSpec[] | undefined
}

function chosenOutputs(
  tier: PipelineTier,
  { outputs, taken }: Surroundings,
): Pick<TierPlan, 'prediction' | 'features'> {
  const { prediction, features } = choose(tier, { outputs, taken })
  if (!tier.upper) return { prediction }
  const handedUp = outputs.find(({ name }) => name === features)
  if (!handedUp) throw misfit(tier, 'its model has one output, no features for the tier above')
  if (!taken) return { prediction, features: handedUp.name }
  const [only] = taken
  if (!only || !compatible(handedUp, only)) {
    const shapes = `[${handedUp.shape.join(', ')}] (expected [${only?.shape.join(', ')}])`
    throw misfit(tier, `its features "${handedUp.name}" do not fit the tier above: ${shapes}`)
  }
  return { prediction, features: handedUp.name }
}

function choose(tier: PipelineTier, { outputs, taken }: Surroundings) {
  try {
    return chooseOutputs(outputs, {
      ...(taken && { upper: taken }),
      isTop: tier.upper === undefined,
      configured: tier.outputs,
    })
  } catch (cause) {
    if (!isFoglineError(cause, 'ERR_CONFIG')) throw cause
    const isElsewhere = tier.upper && !taken
    const state = isElsewhere
      ? `: the model of the tier above, "${tier.upper.name}", is not here`
      : ''
    throw new FoglineError(`Cannot use tier "${tier.name}"${state}`, { code: 'ERR_CONFIG', cause })
  }
}

/** Sizes that either side leaves open are checked sample by sample. */
function compatible(features: TensorSpec, taken: TensorSpec): boolean {
  return (
    features.shape.length === taken.shape.length &&
    features.shape.every((size, axis) => {
      const other = taken.shape[axis]
      return axis === 0 || size === -1 || other === -1 || size === other
    })
  )
}

function misfit(tier: PipelineTier, state: string): FoglineError {
  return new FoglineError(`Cannot use tier "${tier.name}": ${state}`, { code: 'ERR_CONFIG' })
}
