import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { modelName, withoutSecrets } from '../../models/sources/model-source.ts'
import { FoglineError } from '../../std/errors.ts'
import { givenModel, type ModelOptions, withModel } from '../model-argument.ts'
import { cutsText, pipelineText, splitJson, splitText, type WrittenSplit } from '../split-text.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Examples:
  fogline split digits.keras                        where it may be cut
  fogline split digits.keras --at edge_features,fog_features
  fogline split whole.keras --at edge:1,fog:1       output 1 of the nested models "edge" and "fog"
  fogline split net.h5 --at block3 --tiers camera,rack --out models --pipeline fogline.yaml

The network is cut after each layer of --at: one tensor has to carry all that lies above, and each
tier has to have one exit.
`

interface SplitCommandOptions extends ModelOptions {
  /** Absent to be shown where a model may be cut. */
  readonly at?: readonly string[]
  readonly tiers?: readonly string[]
  readonly exits?: readonly string[]
  readonly out: string
  readonly pipeline?: string
  readonly force?: true
  readonly json?: true
}

/** `fogline split`: one multi-exit Keras model to a section a tier. */
export function splitCommand(terminal: Terminal): Command {
  return withModel(new Command('split'), 'a .keras or .h5 file')
    .description('Cut a multi-exit Keras model into the sections of its tiers')
    .option('--at <layers>', 'the layers to cut after, from the data up: A,B', names)
    .option('--tiers <names>', 'one more than cuts; default edge,cloud or edge,fog,cloud', names)
    .option(
      '--exits <outputs>',
      'which output each tier exits at, where the graph leaves it open',
      names,
    )
    .option('--out <folder>', 'where to write <model>-<tier>.onnx', '.')
    .option('--pipeline <file>', 'write a pipeline file, too')
    .option('--force', 'write over what is there')
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (model: string, options: SplitCommandOptions) => {
      const { at } = options
      if (!at) return showCuts(model, options, terminal)
      const tiers = options.tiers ?? defaultTiers(at.length + 1)
      checkTiers(tiers, at.length + 1)
      const files = filesOf(model, tiers, { options, cwd: terminal.cwd })
      const pipeline = options.pipeline && resolve(terminal.cwd, options.pipeline)
      if (!options.force) await checkFree(pipeline ? [...files, pipeline] : files)
      const written = await splitTo(files, { model, at, tiers, options, terminal })
      const text = pipelineText(written.sections, pipeline ? dirname(pipeline) : terminal.cwd)
      if (pipeline) await write(pipeline, text)
      const shown = { ...written, model: withoutSecrets(model), pipeline, text, cwd: terminal.cwd }
      terminal.out(options.json ? splitJson(shown) : splitText(shown))
    })
}

interface Splitting {
  readonly model: string
  readonly at: readonly string[]
  readonly tiers: readonly string[]
  readonly options: SplitCommandOptions
  readonly terminal: Terminal
}

/** Writes each section to its file: none, unless all can be made. */
async function splitTo(
  files: readonly string[],
  { model, at, tiers, options, terminal }: Splitting,
): Promise<WrittenSplit> {
  const { splitModel } = await import('../../models/split/split-model.ts')
  const { exits } = options
  const given = givenModel(model, options, terminal)
  const wanted = { at, tiers, ...(exits && { exits }) }
  const split = await splitModel(given.source, { ...given.options, ...wanted })
  const sections = split.sections.map((section, index) => ({ section, file: files[index] ?? '' }))
  for (const { section, file } of sections) await write(file, section.onnx)
  return { ...split, sections }
}

async function showCuts(
  model: string,
  options: SplitCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const { findCuts } = await import('../../models/split/find-cuts.ts')
  const given = givenModel(model, options, terminal)
  const found = await findCuts(given.source, given.options)
  terminal.out(options.json ? `${JSON.stringify(found)}\n` : cutsText(withoutSecrets(model), found))
}

function names(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',')]
}

/** As the tiers of the continuum are called; beyond three tiers there is no custom. */
function defaultTiers(count: number): readonly string[] {
  if (count === 2) return ['edge', 'cloud']
  if (count === 3) return ['edge', 'fog', 'cloud']
  return Array.from({ length: count }, (_, index) => `tier${index + 1}`)
}

/** As of tiers in a pipeline file: they are parts of names of files, functions and topics. */
const TIER_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

function checkTiers(tiers: readonly string[], count: number): void {
  const isFine = tiers.every((tier) => TIER_NAME.test(tier)) && new Set(tiers).size === count
  if (isFine && tiers.length === count) return
  throw new FoglineError(
    `Cannot use --tiers ${tiers.join(',')}: ${count - 1} cuts make ${count} tiers (expected as many different names of a-z, 0-9 and "-")`,
    { code: 'ERR_ARGUMENT' },
  )
}

interface Where {
  readonly options: SplitCommandOptions
  readonly cwd: string
}

function filesOf(
  model: string,
  tiers: readonly string[],
  { options, cwd }: Where,
): readonly string[] {
  const name = modelName(model) || 'model'
  return tiers.map((tier) => resolve(cwd, options.out, `${name}-${tier}.onnx`))
}

async function checkFree(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const isFree = await stat(file).then(
      () => false,
      () => true,
    )
    if (isFree) continue
    throw new FoglineError(`Cannot write "${file}": it exists (--force writes over it)`, {
      code: 'ERR_ARGUMENT',
    })
  }
}

async function write(file: string, content: Uint8Array | string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  } catch (cause) {
    throw new FoglineError(`Cannot write "${file}"`, { code: 'ERR_ARGUMENT', cause })
  }
}
