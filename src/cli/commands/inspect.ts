import { resolve } from 'node:path'
import { Command } from 'commander'
import type { TensorSpec } from '../../core/tensor.ts'
import { withoutSecrets } from '../../models/sources/model-source.ts'
import { isFoglineError } from '../../std/errors.ts'
import { inspectPipeline, pipelineJson, pipelineText } from '../inspect-pipeline.ts'
import { featuresBytes, modelText, type Roles } from '../inspect-text.ts'
import { givenModel, type ModelOptions, signatureOption, withModel } from '../model-argument.ts'
import { sampleShapes } from '../sample-shapes.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Examples:
  fogline inspect models/edge.keras
  fogline inspect fogline.yaml                      what each tier of a pipeline costs
  fogline inspect lstm.h5 --shape 50,9              where the model takes any number of steps
  fogline inspect edge.h5 --json
  fogline inspect https://models.example.org/edge.keras
  fogline inspect kafka-ml+http://backend:8000/7    a trained model of Kafka-ML
`

interface InspectOptions extends ModelOptions {
  readonly shape?: readonly string[]
  readonly run: boolean
  readonly json?: true
}

/** `fogline inspect`: what is in a model file, and what it costs. */
export function inspectCommand(terminal: Terminal): Command {
  return withModel(new Command('inspect'), 'a .keras, .h5, .onnx or pipeline file')
    .description(
      "Print a model's layers, shapes, costs and outputs, or what each tier of a pipeline costs",
    )
    .addOption(signatureOption())
    .option('--shape <sizes>', 'of a sample, where the model takes any: 50,9 or NAME=50,9', collect)
    .option('--no-run', 'do not run it: no times, and few costs')
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (model: string, options: InspectOptions) => {
      const text = await (/\.ya?ml$/i.test(model)
        ? inspectFile(model, options, terminal)
        : inspectOne(model, options, terminal))
      terminal.out(text)
    })
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

async function inspectFile(
  file: string,
  { run: isRun, json }: InspectOptions,
  terminal: Terminal,
): Promise<string> {
  const pipeline = await inspectPipeline(resolve(terminal.cwd, file), { terminal, isRun })
  return json ? pipelineJson(pipeline) : pipelineText(file, pipeline, terminal)
}

async function inspectOne(
  model: string,
  { run: isRun, shape = [], json, ...options }: InspectOptions,
  terminal: Terminal,
): Promise<string> {
  const shapes = sampleShapes(shape)
  const { inspectModel } = await import('../../models/inspect.ts')
  const given = givenModel(model, options, terminal)
  const summary = await inspectModel(given.source, { ...given.options, shapes, isRun })
  const roles = await rolesOf(summary.outputs)
  if (!json) return modelText(withoutSecrets(model), { summary, roles })
  return `${JSON.stringify({ ...summary, roles, sentUpBytes: featuresBytes(summary, roles) })}\n`
}

async function rolesOf(outputs: readonly TensorSpec[]): Promise<Roles> {
  const { chooseOutputs } = await import('../../models/outputs.ts')
  try {
    return chooseOutputs(outputs, {})
  } catch (error) {
    if (isFoglineError(error, 'ERR_CONFIG')) return { open: error.message }
    throw error
  }
}
