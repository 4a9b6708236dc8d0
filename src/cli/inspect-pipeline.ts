import { relative } from 'node:path'
import type { ModelSummary } from '../models/inspect.ts'
import { type ModelSource, sourceText } from '../models/sources/model-source.ts'
import type { TierPlan } from '../pipeline/plan.ts'
import { featuresBytes, latencyText, MEASURED } from './inspect-text.ts'
import { readOptions } from './read-options.ts'
import { type Cell, sizeText, table } from './table.ts'
import type { Terminal } from './terminal.ts'

/** A tier and what is in its model. */
export interface InspectedTier {
  readonly plan: TierPlan
  readonly summary: ModelSummary
}

/** A pipeline file, tier by tier. */
export interface InspectedPipeline {
  readonly name: string
  readonly tiers: readonly InspectedTier[]
}

/** How a pipeline's models are read and looked at. */
export interface InspectPipelineOptions {
  readonly terminal: Terminal
  readonly isRun: boolean
}

/** Looks at each tier's model, on a sample of the shape that the tier takes. Throws as `planPipeline`. */
export async function inspectPipeline(
  file: string,
  { terminal, isRun }: InspectPipelineOptions,
): Promise<InspectedPipeline> {
  const { inspectModel } = await import('../models/inspect.ts')
  const { readPipeline } = await import('../pipeline/read-pipeline.ts')
  const { planPipeline } = await import('../pipeline/plan.ts')
  const pipeline = await readPipeline(file, { env: terminal.env })
  const tiers: InspectedTier[] = []
  // One after the other, as they are timed.
  const reading = readOptions(terminal)
  for (const plan of await planPipeline(pipeline, reading)) {
    const shapes = new Map([[plan.inputName, plan.input.shape]])
    const options = { ...reading, shapes, isRun }
    tiers.push({ plan, summary: await inspectModel(plan.tier.model, options) })
  }
  return { name: pipeline.name, tiers }
}

/** What each tier costs, for people. */
export function pipelineText(
  file: string,
  { name, tiers }: InspectedPipeline,
  { cwd }: Terminal,
): string {
  const rows = tiers.map(({ plan, summary }): Cell[] => {
    const { cost, multiplyAccumulates, parameters, weightBytes } = summary
    const up = featuresBytes(summary, plan)
    return [
      plan.tier.name,
      modelText(plan.tier.model, cwd),
      parameters,
      sizeText(weightBytes),
      multiplyAccumulates ?? '?',
      cost.kind === 'measured' ? latencyText(cost.latencyMsP50) : '?',
      up === undefined ? '-' : sizeText(up),
    ]
  })
  const untimed = tiers.flatMap(({ plan: { tier }, summary: { cost } }) => {
    return cost.kind === 'unknown' ? [`Tier "${tier.name}" was not timed: ${cost.reason}.\n`] : []
  })
  const headings = ['tier', 'model', 'parameters', 'weights', 'MACs', 'time', 'sent up']
  return [
    `${file}: pipeline "${name}"\n\n`,
    table(headings, rows, ['weights', 'time', 'sent up']),
    '\nMACs, time and bytes sent up are those of one sample; the top tier sends none up.\n',
    untimed.length < tiers.length ? `Time is ${MEASURED}.\n` : '',
    ...untimed,
  ].join('')
}

function modelText(source: ModelSource, cwd: string): string {
  return source.kind === 'file' ? relative(cwd, source.path) : sourceText(source)
}

/** One JSON document. */
export function pipelineJson({ name, tiers }: InspectedPipeline): string {
  const documents = tiers.map(({ plan, summary }) => {
    const { tier, prediction, features } = plan
    const sentUpBytes = featuresBytes(summary, plan)
    return { tier: tier.name, ...summary, roles: { prediction, features }, sentUpBytes }
  })
  return `${JSON.stringify({ pipeline: name, tiers: documents })}\n`
}
