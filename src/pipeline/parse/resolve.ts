import { basename, dirname, resolve } from 'node:path'
import { nearest } from '../../std/nearest.ts'
import type { Pipeline, PipelineInput, PipelineTier } from '../pipeline.ts'
import type { PipelineFile } from '../schema.ts'
import type { ExitFile, InputFile, TierFile } from '../tier-schema.ts'
import { ADDRESS_ALLOWED, ADDRESS_PATTERN, DEFAULT_ADDRESS, resolveAddress } from './address.ts'
import { notAllowed, type Problem } from './problem.ts'
import { durationMs, sizeBytes } from './quantity.ts'
import { safeName } from './safe-name.ts'
import { tierNames } from './tier-names.ts'

/** Replicas at most, where the file leaves it open: the cores of a small machine. */
const REPLICAS_DEFAULT = 4

/** Partitions of an output topic: as many as of an input topic by default. */
const OUTPUT_PARTITIONS = 4

/** Fills in all that `content` leaves open; `file` is the absolute path that it was read from. */
export function resolvePipeline(
  content: PipelineFile,
  file: string,
): { readonly pipeline: Pipeline; readonly problems: readonly Problem[] } {
  const folder = dirname(file)
  const name = content.name ?? (safeName(basename(folder)) || 'pipeline')
  const names = tierNames(content.tiers)
  const brokers = brokerLookup(content, folder)
  const tiers = content.tiers.map((tier, index) => {
    const resolved = { pipeline: name, tier: names[index] ?? '', folder, labels: content.labels }
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
  const pipeline = { name, file, retention, tiers: withUpper(tiers) }
  return { pipeline, problems: brokers.problems }
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
  readonly labels: PipelineFile['labels']
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
    model: resolve(around.folder, tier.model),
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
  }
}

/** Finds brokers by name or address, and gathers what it could not find. */
function brokerLookup(content: PipelineFile, folder: string) {
  const named = new Map(Object.entries(content.brokers))
  const problems: Problem[] = []
  const find = (reference: string | undefined, place: Problem['path']): string => {
    const address = reference === undefined ? onlyAddress(named) : namedAddress(named, reference)
    if (address.kind === 'found') return resolveAddress(address.address, folder)
    problems.push({ path: [...place, 'broker'], text: address.problem })
    return DEFAULT_ADDRESS
  }
  return { find, problems }
}

type Lookup =
  | { readonly kind: 'found'; readonly address: string }
  | { readonly kind: 'problem'; readonly problem: string }

function onlyAddress(named: ReadonlyMap<string, string>): Lookup {
  if (named.size > 1) {
    return {
      kind: 'problem',
      problem: notAllowed(undefined, `one of ${[...named.keys()].join(', ')}`),
    }
  }
  return { kind: 'found', address: [...named.values()][0] ?? DEFAULT_ADDRESS }
}

function namedAddress(named: ReadonlyMap<string, string>, reference: string): Lookup {
  const address = named.get(reference) ?? (ADDRESS_PATTERN.test(reference) ? reference : undefined)
  if (address !== undefined) return { kind: 'found', address }
  if (reference.includes(':')) {
    return { kind: 'problem', problem: notAllowed(reference, ADDRESS_ALLOWED) }
  }
  const meant = nearest(reference, named.keys())
  const known = named.size > 0 ? `known are ${[...named.keys()].join(', ')}` : 'the file names none'
  const hint = meant === undefined ? known : `did you mean "${meant}"?`
  return { kind: 'problem', problem: `unknown broker ${JSON.stringify(reference)} (${hint})` }
}
