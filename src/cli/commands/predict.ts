import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { cast } from '../../core/cast.ts'
import type { Section } from '../../core/section.ts'
import { describe, shapeFits, type Tensor, type TensorSpec } from '../../core/tensor.ts'
import { FoglineError } from '../../std/errors.ts'
import { givenModel, type ModelOptions, signatureOption, withModel } from '../model-argument.ts'
import { readBounded } from '../read-bounded.ts'
import { shapeText } from '../table.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Examples:
  fogline predict edge.keras batch.npy                 every output on a batch
  fogline predict edge.keras batch.npy --out results   as .npy files, to compare with Keras
  fogline predict two.keras left=a.npy right=b.npy     several inputs by name
`

/** Values of one sample that a line for people shows. */
const VALUES_SHOWN = 12
/** Samples that are shown of a batch. */
const SAMPLES_SHOWN = 10

interface PredictOptions extends ModelOptions {
  readonly out?: string
  readonly json?: true
}

/** `fogline predict`: runs a model file by itself. */
export function predictCommand(terminal: Terminal): Command {
  return withModel(new Command('predict'))
    .description('Run a model file on .npy inputs and print each output')
    .argument('<input...>', "FILE.npy in the model's order of inputs, or NAME=FILE.npy")
    .addOption(signatureOption())
    .option('--out <folder>', 'write outputs as <index>-<name>.npy into a folder')
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (model: string, inputs: readonly string[], options: PredictOptions) => {
      const { loadSection } = await import('../../models/load.ts')
      const given = givenModel(model, options, terminal)
      const section = await loadSection(given.source, given.options)
      try {
        const tensors = await readInputs(section.inputs, { args: inputs, cwd: terminal.cwd })
        const outputs = named(section, await section.run(tensors))
        if (options.out) await writeOutputs(outputs, resolve(terminal.cwd, options.out))
        terminal.out(options.json ? jsonText(outputs) : outputs.map(outputText).join('\n'))
      } finally {
        await section.close()
      }
    })
}

type NamedOutput = Tensor & { readonly name: string }

function named(section: Section, tensors: readonly Tensor[]): readonly NamedOutput[] {
  return tensors.map((tensor, index) => ({ ...tensor, name: section.outputs[index]?.name ?? '' }))
}

async function readInputs(
  specs: readonly TensorSpec[],
  { args, cwd }: { readonly args: readonly string[]; readonly cwd: string },
): Promise<readonly Tensor[]> {
  const files = assignInputs(specs, args)
  const { readNpy } = await import('../../formats/npy.ts')
  return Promise.all(
    specs.map(async (spec, index) => {
      const file = files[index] ?? ''
      try {
        return fit(readNpy(await readBounded(resolve(cwd, file))), spec)
      } catch (cause) {
        throw new FoglineError(`Cannot use "${file}" as input "${spec.name}"`, {
          code: 'ERR_TENSOR',
          cause,
        })
      }
    }),
  )
}

/**
 * The file of each input, in the model's order, from `FILE` and `NAME=FILE` arguments.
 * Throws ERR_ARGUMENT where an input has none, or an argument no input.
 */
export function assignInputs(
  specs: readonly TensorSpec[],
  args: readonly string[],
): readonly string[] {
  const byName = new Map<string, string>()
  const inOrder: string[] = []
  for (const arg of args) {
    const spec = specs.find(({ name }) => arg.startsWith(`${name}=`))
    if (spec) byName.set(spec.name, arg.slice(spec.name.length + 1))
    else inOrder.push(arg)
  }
  const files = specs.map(({ name }) => byName.get(name) ?? inOrder.shift())
  const missing = specs.filter((_, index) => files[index] === undefined)
  if (missing.length > 0 || inOrder.length > 0) {
    const names = specs.map(({ name }) => name).join(', ')
    throw new FoglineError(
      `Cannot assign inputs: ${args.length} given (expected one for each of ${names})`,
      { code: 'ERR_ARGUMENT' },
    )
  }
  return files.filter((file) => file !== undefined)
}

/** As the model's datatype, with the batch axis that a single sample lacks. */
function fit(tensor: Tensor, spec: TensorSpec): Tensor {
  const pattern = [-1, ...spec.shape.slice(1)]
  const single = { ...tensor, shape: [1, ...tensor.shape] }
  const batch = !shapeFits(tensor.shape, pattern) && shapeFits(single.shape, pattern)
  const shaped = batch ? single : tensor
  if (!shapeFits(shaped.shape, pattern)) {
    throw new FoglineError(
      `Cannot fit ${describe(tensor)} (expected ${spec.datatype} ${shapeText(pattern)})`,
      { code: 'ERR_TENSOR' },
    )
  }
  return cast(shaped, spec.datatype)
}

async function writeOutputs(outputs: readonly NamedOutput[], folder: string): Promise<void> {
  const { writeNpy } = await import('../../formats/npy.ts')
  await mkdir(folder, { recursive: true })
  for (const [index, output] of outputs.entries()) {
    const name = output.name.replaceAll(/[^A-Za-z0-9._-]/g, '_')
    await writeFile(join(folder, `${index}-${name}.npy`), writeNpy(output))
  }
}

function jsonText(outputs: readonly NamedOutput[]): string {
  const documents = outputs.map(({ name, datatype, shape, data }) => ({
    name,
    datatype,
    shape,
    data: Array.from(data as ArrayLike<number | bigint>, jsonNumber),
  }))
  return `${JSON.stringify({ outputs: documents })}\n`
}

/** JSON has no NaN, no infinities and no integers beyond 2^53: these become text. */
function jsonNumber(value: number | bigint): number | string {
  const number = Number(value)
  const isExact = typeof value === 'bigint' ? BigInt(number) === value : Number.isFinite(value)
  return isExact ? number : String(value)
}

function outputText({ name, datatype, shape, data }: NamedOutput): string {
  const [batch = 1] = shape
  const size = batch === 0 ? 0 : data.length / batch
  const lines = Array.from({ length: Math.min(batch, SAMPLES_SHOWN) }, (_, index) => {
    const end = index * size + Math.min(size, VALUES_SHOWN)
    const values = Array.from(data.subarray(index * size, end) as ArrayLike<number | bigint>)
    return `  ${values.map(numberText).join(' ')}${size > VALUES_SHOWN ? ' …' : ''}\n`
  })
  const more = batch > SAMPLES_SHOWN ? `  … ${batch - SAMPLES_SHOWN} more\n` : ''
  return `${name}: ${datatype} [${shape.join(', ')}]\n${lines.join('')}${more}`
}

function numberText(value: number | bigint): string {
  return typeof value === 'bigint' ? String(value) : String(Number(value.toPrecision(6)))
}
