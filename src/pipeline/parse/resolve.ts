import { basename, dirname, resolve } from 'node:path'
import type { RegistryConfig } from '../../formats/avro/registry.ts'
import type { ModelSource } from '../../models/sources/model-source.ts'
import type { InputFile, RegistryFile, SchemaFile } from '../input-schema.ts'
import type { Pipeline, PipelineInput, PipelineTier, SchemaSource } from '../pipeline.ts'
import type { PipelineFile } from '../schema.ts'
import { type SecretOrigin, secretOf } from '../secrets.ts'
import type { ExitFile, TierFile } from '../tier-schema.ts'
import { brokersOf } from './brokers.ts'
import type { PlacedSecret } from './kafka.ts'
import { resolveModel } from './model.ts'
import type { Problem } from './problem.ts'
import { durationMs, sizeBytes } from './quantity.ts'
import { safeName } from './safe-name.ts'
import { tierNames } from './tier-names.ts'

/** Replicas at most, where the file leaves it open: the cores of a small machine. */
const REPLICAS_DEFAULT = 4

/** Partitions of an output topic: as many as of an input topic by default. */
const OUTPUT_PARTITIONS = 4

/** A file's pipeline, and what a look at the file's surroundings needs. */
export interface Resolved {
  readonly pipeline: Pipeline
  readonly problems: readonly Problem[]
  /** The references to secrets of each broker, by its key. */
  readonly secrets: ReadonlyMap<string, readonly PlacedSecret[]>
  /** Those of each tier itself, by its name. */
  readonly tierSecrets: ReadonlyMap<string, readonly PlacedSecret[]>
}

/**
 * Fills in all that `content` leaves open; `file` is the absolute path that it was read from, `env`
 * what references to secrets are looked up in.
 */
export function resolvePipeline(
  content: PipelineFile,
  { file, env }: { readonly file: string; readonly env: SecretOrigin['env'] },
): Resolved {
  const folder = dirname(file)
  const name = content.name ?? (safeName(basename(folder)) || 'pipeline')
  const modelled = content.tiers.map((tier, index) => {
    const path = ['tiers', index, 'model']
    return { tier, model: resolveModel(tier.model, { path, folder, env }) }
  })
  const names = tierNames(
    modelled.map(({ tier, model }) => ({ name: tier.name, model: model.name })),
  )
  const brokers = brokersOf(content.brokers, { folder, env })
  const tiers = modelled.map(({ tier, model: { source } }, index) => {
    const tierName = names[index] ?? ''
    const resolved = { pipeline: name, tier: tierName, folder, env, labels: content.labels, source }
    const input = brokers.find(tier.input.broker, ['tiers', index, 'input'])
    const output =
      tier.output.broker === undefined
        ? input
        : brokers.find(tier.output.broker, ['tiers', index, 'output'])
    const top = index === content.tiers.length - 1
    return resolveTier(tier, { ...resolved, input, output, top })
  })
  const retention = {
    ageMs: durationMs(content.retention.age),
    sizeBytes: sizeBytes(content.retention.size),
  }
  const { clusters, secrets, problems } = brokers
  return {
    pipeline: { name, file, retention, clusters, tiers: withUpper(tiers) },
    secrets,
    tierSecrets: new Map(
      modelled.map(({ tier, model }, index) => [
        names[index] ?? '',
        [...model.secrets, ...tierSecrets(tier, index)],
      ]),
    ),
    problems: [...problems, ...modelled.flatMap(({ model }) => model.problems)],
  }
}

/** Tells each tier of the one above. */
function withUpper(tiers: readonly PipelineTier[]): readonly PipelineTier[] {
  return tiers.map((tier, index) => {
    const above = tiers[index + 1]
    if (!above) return tier
    const { broker, topic, partitions } = above.input
    const input = { broker, topic, partitions }
    return { ...tier, upper: { name: above.name, model: above.model, input } }
  })
}

interface Surroundings {
  readonly pipeline: string
  readonly tier: string
  readonly folder: string
  readonly env: SecretOrigin['env']
  readonly labels: PipelineFile['labels']
  /** Of the model. */
  readonly source: ModelSource
  /** Addresses of the brokers. */
  readonly input: string
  readonly output: string
  readonly top: boolean
}

function resolveTier(tier: TierFile, around: Surroundings): PipelineTier {
  const { scaling, outputs, platform, outcomes, guarantee, timeoutMs } = tier
  const labels = tier.labels ?? around.labels
  const { metric = 'confidence', threshold = 0.8, ...reading } = tier.exit ?? DEFAULT_READING
  const maxReplicas = scaling.maxReplicas ?? Math.max(REPLICAS_DEFAULT, scaling.minReplicas)
  return {
    name: around.tier,
    functionName: `${around.pipeline}-${around.tier}`,
    model: around.source,
    ...(!around.top && { exit: { metric, threshold, ...reading } }),
    reading,
    input: resolveInput(tier.input, around),
    output: {
      broker: around.output,
      topic: tier.output.topic ?? `${around.tier}-output`,
      partitions: OUTPUT_PARTITIONS,
      format: tier.output.format,
    },
    outputs: {
      ...(outputs.prediction !== undefined && { prediction: outputs.prediction }),
      ...(outputs.features !== undefined && { features: outputs.features }),
    },
    ...(labels && { labels: labels.map(String) }),
    platform,
    scaling: { ...scaling, maxReplicas },
    outcomes,
    guarantee,
    timeoutMs,
  }
}

/** Where the file says nothing of an exit. */
const DEFAULT_READING: ExitFile = { from: 'probabilities', temperature: 1 }

function resolveInput(input: InputFile, around: Surroundings): PipelineInput {
  return {
    broker: around.input,
    topic: input.topic ?? `${around.tier}-input`,
    partitions: input.partitions,
    format: input.format,
    ...(input.datatype !== undefined && { datatype: input.datatype }),
    ...(input.shape && { shape: input.shape }),
    scale: input.scale,
    offset: input.offset,
    ...(input.fields && { fields: input.fields }),
    ...(input.schema !== undefined && { schema: schemaSource(input.schema, around.folder) }),
    ...(input.registry !== undefined && { registry: registryOf(input.registry, around) }),
  }
}

function registryOf(registry: RegistryFile, { tier, folder, env }: Surroundings): RegistryConfig {
  if (typeof registry === 'string') return { url: registry }
  const { url, username, password } = registry
  const owner = `the schema registry of tier "${tier}"`
  return { url, username, password: secretOf(password, { owner, folder, env }) }
}

/** The references to secrets of a tier. */
function tierSecrets({ input: { registry } }: TierFile, index: number): readonly PlacedSecret[] {
  if (typeof registry !== 'object') return []
  const path = ['tiers', index, 'input', 'registry', 'password']
  return [{ path, reference: registry.password }]
}

/** Text that begins like JSON is the schema itself: no path would. */
function schemaSource(schema: SchemaFile, folder: string): SchemaSource {
  if (typeof schema !== 'string') return { kind: 'inline', text: JSON.stringify(schema) }
  if (/^\s*[{["]/.test(schema)) return { kind: 'inline', text: schema }
  return { kind: 'file', path: resolve(folder, schema) }
}
