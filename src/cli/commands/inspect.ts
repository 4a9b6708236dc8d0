import { Command } from 'commander'
import type { TensorSpec } from '../../core/tensor.ts'
import { withoutSecrets } from '../../models/sources/model-source.ts'
import { isFoglineError } from '../../std/errors.ts'
import { givenModel, type ModelOptions, withModel } from '../model-argument.ts'
import { shapeText, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Examples:
  fogline inspect models/edge.keras
  fogline inspect edge.h5 --json
  fogline inspect https://models.example.org/edge.keras
  fogline inspect kafka-ml+http://backend:8000/7    a trained model of Kafka-ML
`

interface InspectOptions extends ModelOptions {
  readonly json?: true
}

/** `fogline inspect`: what is in a model file. */
export function inspectCommand(terminal: Terminal): Command {
  return withModel(new Command('inspect'))
    .description("Print a model's layers, shapes, parameters and outputs")
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (model: string, options: InspectOptions) => {
      const { inspectModel } = await import('../../models/inspect.ts')
      const given = givenModel(model, options, terminal)
      const summary = await inspectModel(given.source, given.options)
      const roles = await rolesOf(summary.outputs)
      terminal.out(
        options.json
          ? `${JSON.stringify({ ...summary, roles })}\n`
          : summaryText(withoutSecrets(model), { summary, roles }),
      )
    })
}

type Summary = Awaited<ReturnType<typeof import('../../models/inspect.ts').inspectModel>>

/** Which output is taken for what, or why that is left open. */
type Roles =
  | { readonly prediction: string; readonly features?: string | undefined }
  | { readonly open: string }

async function rolesOf(outputs: readonly TensorSpec[]): Promise<Roles> {
  const { chooseOutputs } = await import('../../models/outputs.ts')
  try {
    return chooseOutputs(outputs, {})
  } catch (error) {
    if (isFoglineError(error, 'ERR_CONFIG')) return { open: error.message }
    throw error
  }
}

function summaryText(
  model: string,
  { summary, roles }: { readonly summary: Summary; readonly roles: Roles },
): string {
  const layers = summary.layers.map((layer) => [
    layer.name,
    layer.class,
    layer.outputShape ? shapeText(layer.outputShape) : '-',
    layer.parameters,
  ])
  return [
    `${model}: ${summary.format}, ${summary.parameters} parameters, sha256 ${summary.sha256}\n`,
    '\n',
    table(['layer', 'class', 'output', 'parameters'], layers),
    '\n',
    table(
      ['', 'name', 'datatype', 'shape', 'taken for'],
      [
        ...summary.inputs.map((input) => ['input', ...specCells(input), '']),
        ...summary.outputs.map((one) => ['output', ...specCells(one), roleOf(one.name, roles)]),
      ],
    ),
    'open' in roles ? `\n${roles.open}\n` : '',
  ].join('')
}

function specCells({ name, datatype, shape }: TensorSpec): readonly string[] {
  return [name, datatype, shapeText(shape)]
}

function roleOf(name: string, roles: Roles): string {
  if ('open' in roles) return '?'
  if (name === roles.prediction) return 'prediction'
  return name === roles.features ? 'features' : 'nothing'
}
