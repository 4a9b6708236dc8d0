import { Command, CommanderError } from 'commander'
import { FoglineError, messageOf } from '../std/errors.ts'
import { packageVersion } from '../std/package-version.ts'
import { demoCommand } from './commands/demo.ts'
import { dlqCommand } from './commands/dlq.ts'
import { initCommand } from './commands/init.ts'
import { inspectCommand } from './commands/inspect.ts'
import { lagCommand } from './commands/lag.ts'
import { predictCommand } from './commands/predict.ts'
import { sendCommand } from './commands/send.ts'
import { splitCommand } from './commands/split.ts'
import { tailCommand } from './commands/tail.ts'
import { upCommand } from './commands/up.ts'
import { validateCommand } from './commands/validate.ts'
import type { Terminal } from './terminal.ts'

/** Exit codes: the user's errors, ours (EX_SOFTWARE of sysexits.h). */
const EXIT_USER = 1
const EXIT_OURS = 70

/** Every command, in the order of a first day with Fogline. */
const COMMANDS: readonly ((terminal: Terminal) => Command)[] = [
  initCommand,
  validateCommand,
  inspectCommand,
  splitCommand,
  predictCommand,
  upCommand,
  sendCommand,
  tailCommand,
  lagCommand,
  dlqCommand,
  demoCommand,
]

/** Runs `fogline` with its arguments (without `node fogline`); resolves with the exit code. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await program(terminal).parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    return report(error, terminal)
  }
}

function program(terminal: Terminal): Command {
  const root = new Command('fogline')
    .description('Early-exit neural networks over edge, fog and cloud, fed by ordered topics.')
    .version(packageVersion(), '--version', 'print the version')
    .option('--verbose', 'print more: debug lines, stacks of errors')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXAMPLES)
  for (const make of COMMANDS) root.addCommand(make(terminal))
  for (const command of withSubcommands(root)) {
    if (command !== root) command.option('--verbose', 'print more: debug lines, stacks of errors')
    command.exitOverride().configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    command.showSuggestionAfterError()
  }
  return root
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

const EXAMPLES = `
Examples:
  fogline demo                      1000 real digits through three tiers
  fogline init && fogline up        your first pipeline, with the digits example
  fogline send edge sample.npy      a sample to the tier "edge"
  fogline tail                      the answers of all tiers
  fogline lag                       what waits for each tier
  fogline dlq list edge             what the tier "edge" could not process
`

function report(error: unknown, terminal: Terminal): number {
  const isUsers = error instanceof FoglineError
  const text = isUsers && error.message.includes('\n') ? error.message : messageOf(error)
  terminal.err(isUsers ? `fogline: ${text}\n` : `fogline: internal error: ${text}\n`)
  if (terminal.isVerbose && error instanceof Error) terminal.err(`${error.stack}\n`)
  return isUsers ? EXIT_USER : EXIT_OURS
}
