import { resolve } from 'node:path'
import { Command } from 'commander'
import { sourceText } from '../../models/sources/model-source.ts'
import type { Pipeline } from '../../pipeline/pipeline.ts'
import type { TierPlan } from '../../pipeline/plan.ts'
import { readOptions } from '../read-options.ts'
import { shapeText, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { tierOption } from '../tier-option.ts'

const EXAMPLES = `
Examples:
  fogline validate                    checks ./fogline.yaml and its models
  fogline validate digits.yaml --json
  fogline validate --tier edge        where the other tiers' models are elsewhere
`

interface ValidateOptions {
  readonly tier: readonly string[]
  readonly json?: true
}

/** `fogline validate`: checks a pipeline file and its models without running them. */
export function validateCommand(terminal: Terminal): Command {
  return new Command('validate')
    .description('Check a pipeline file and its models')
    .argument('[file]', 'the pipeline file', 'fogline.yaml')
    .addOption(tierOption('check'))
    .option('--json', 'one JSON document: the pipeline with every default')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: ValidateOptions) => {
      const { readPipeline } = await import('../../pipeline/read-pipeline.ts')
      const { planPipeline } = await import('../../pipeline/plan.ts')
      const { tier: tiers } = options
      const pipeline = await readPipeline(resolve(terminal.cwd, file), { tiers, env: terminal.env })
      const plans = await planPipeline(pipeline, readOptions(terminal))
      if (options.json) terminal.out(jsonOf(pipeline, plans))
      else terminal.out(`${file}: pipeline "${pipeline.name}" is valid\n\n${planTable(plans)}`)
    })
}

/** Models as people may see them: an address may be signed. */
function jsonOf(pipeline: Pipeline, plans: readonly TierPlan[]): string {
  const shown = plans.map(({ tier, ...plan }) => {
    const upper = tier.upper && { ...tier.upper, model: sourceText(tier.upper.model) }
    return { tier: { ...tier, model: sourceText(tier.model), upper }, ...plan }
  })
  return `${JSON.stringify({ ...pipeline, tiers: shown })}\n`
}

function planTable(plans: readonly TierPlan[]): string {
  const rows = plans.map(({ tier, input, prediction, features }) => [
    tier.name,
    tier.input.topic,
    `${input.datatype} ${shapeText(input.shape)}`,
    prediction,
    features ?? '-',
    tier.exit ? `${tier.exit.metric} ${tier.exit.threshold}` : 'always',
    tier.output.topic,
  ])
  return table(['tier', 'input', 'sample', 'prediction', 'features', 'exits', 'output'], rows)
}
