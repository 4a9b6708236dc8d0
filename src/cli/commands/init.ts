import { cp, mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { isWebAddress } from '../../models/sources/model-source.ts'
import { FoglineError } from '../../std/errors.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Examples:
  fogline init                     the digits example, ready for \`fogline up\`
  fogline init my-pipeline         the same in a folder of its own
  fogline init --model edge.keras fog.keras cloud.keras    your own network, edge first
`

/** Where the digits example lies, in the repository as in the package. */
export const DIGITS_FOLDER: string = fileURLToPath(
  new URL('../../../examples/digits', import.meta.url),
)

interface InitOptions {
  readonly model?: readonly string[]
  readonly force?: true
  readonly json?: true
}

/** `fogline init`: writes a first pipeline file. */
export function initCommand(terminal: Terminal): Command {
  return new Command('init')
    .description('Write a fogline.yaml to start from')
    .argument('[folder]', 'where to', '.')
    .option('--model <model...>', "your network's sections, the tier nearest to the data first")
    .option('--force', 'write over what is there')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, options: InitOptions) => {
      const target = resolve(terminal.cwd, folder)
      const file = join(target, 'fogline.yaml')
      if (!options.force && (await exists(file))) throw taken(file)
      await mkdir(target, { recursive: true })
      await (options.model
        ? writeFile(file, pipelineOf(await modelPaths(options.model, { target, terminal })))
        : copyDigits(target))
      if (options.json) terminal.out(`${JSON.stringify({ file })}\n`)
      else terminal.out(nextSteps(file, { terminal, isExample: !options.model }))
    })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function taken(file: string): FoglineError {
  return new FoglineError(`Cannot write "${file}": it exists (--force writes over it)`, {
    code: 'ERR_ARGUMENT',
  })
}

async function copyDigits(target: string): Promise<void> {
  for (const name of ['models', 'fogline.yaml', 'digits.u8', 'labels.u8']) {
    await cp(join(DIGITS_FOLDER, name), join(target, name), {
      recursive: true,
      filter: (source) => !source.endsWith('.h5'),
    })
  }
}

async function modelPaths(
  models: readonly string[],
  { target, terminal }: { readonly target: string; readonly terminal: Terminal },
): Promise<readonly string[]> {
  const paths = models.map((model) => (isWebAddress(model) ? model : resolve(terminal.cwd, model)))
  for (const path of paths) {
    if (!isWebAddress(path) && !(await exists(path))) {
      throw new FoglineError(`Cannot find model "${path}": there is no such file`, {
        code: 'ERR_ARGUMENT',
      })
    }
  }
  return paths.map((path) => (isWebAddress(path) ? path : relative(target, path) || basename(path)))
}

function pipelineOf(models: readonly string[]): string {
  const tiers = models.map((model) => `  - model: ${JSON.stringify(model)}\n`).join('')
  return `# The sections of your network, the tier nearest to the data first.
# What may stand here: docs/start.md; \`fogline validate\` checks it.
tiers:
${tiers}`
}

function nextSteps(
  file: string,
  { terminal, isExample }: { readonly terminal: Terminal; readonly isExample: boolean },
): string {
  const path = relative(terminal.cwd, file)
  const folder = relative(terminal.cwd, join(file, '..'))
  const digits = folder === '' ? 'digits.u8' : join(folder, 'digits.u8')
  const send = isExample ? `  fogline send edge ${digits}\n` : '  fogline send TIER FILE\n'
  return `Wrote ${path}. Next, each in a terminal of its own:
  fogline up${folder === '' ? '' : ` ${path}`}
  fogline tail
${send}`
}
