import { Command } from 'commander'
import type { Handled, Verdict } from '../../ingest/dead-letters/handle-letters.ts'
import type { Door } from '../../ingest/door.ts'
import { FoglineError } from '../../std/errors.ts'
import { type DoorChoice, throughDoor, withDoorOptions } from '../door-option.ts'
import { lettersText, letterText } from '../letter-text.ts'
import type { Terminal } from '../terminal.ts'
import { positiveInteger } from './tail.ts'

const EXAMPLES = `
Dead letters are records that a tier could not process. A letter's name is its place in the topic of
dead letters, as 0/12. What was retried or dropped is listed no more.

Examples:
  fogline dlq list edge                 the letters of tier "edge", the oldest first
  fogline dlq show edge 0/12            one of them, with its headers and value
  fogline dlq retry edge 0/12 1/7       sends them to the tier again
  fogline dlq retry edge --all          sends all that are there now
  fogline dlq drop edge 0/12            gives it up
  fogline dlq list edge --pipeline fogline.yaml    without \`fogline up\`, from any machine
`

interface ListOptions extends DoorChoice {
  readonly limit: number
  readonly after?: string
  readonly json?: true
}

interface HandleOptions extends DoorChoice {
  readonly all?: true
  readonly json?: true
}

/** `fogline dlq`: what to do with records that could not be processed. */
export function dlqCommand(terminal: Terminal): Command {
  return new Command('dlq')
    .description('List, show, retry and drop dead letters')
    .addHelpText('after', EXAMPLES)
    .addCommand(listCommand(terminal))
    .addCommand(showCommand(terminal))
    .addCommand(handleCommand(terminal, 'retry', 'Send dead letters to their tier again'))
    .addCommand(handleCommand(terminal, 'drop', 'Give dead letters up: they are listed no more'))
}

function listCommand(terminal: Terminal): Command {
  const command = new Command('list')
    .description('Print the dead letters of a tier that nobody has handled, the oldest first')
    .argument('<tier>', 'the tier, as "edge"')
    .option('--limit <n>', 'so many at most, up to 1000', positiveInteger, 50)
    .option('--after <next>', 'the page after one that was printed with --json: its "next"')
  return withDoorOptions(command)
    .option('--json', 'one JSON document')
    .action(async (tier: string, options: ListOptions) => {
      const { limit, after, json } = options
      await throughDoor(options, { terminal, tiers: [tier] }, async (door) => {
        const page = await door.deadLetters.list(tier, { limit, after }, terminal.signal)
        terminal.out(json ? `${JSON.stringify(page)}\n` : lettersText(page))
      })
    })
}

function showCommand(terminal: Terminal): Command {
  const command = new Command('show')
    .description('Print one dead letter with its headers and value')
    .argument('<tier>', 'the tier, as "edge"')
    .argument('<letter>', 'its place, as 0/12')
  return withDoorOptions(command)
    .option('--json', 'one JSON document')
    .action(async (tier: string, letter: string, options: HandleOptions) => {
      checkPlaces([letter])
      await throughDoor(options, { terminal, tiers: [tier] }, async (door) => {
        const shown = await door.deadLetters.show(tier, letter, terminal.signal)
        terminal.out(options.json ? `${JSON.stringify(shown)}\n` : letterText(shown))
      })
    })
}

function handleCommand(terminal: Terminal, verdict: Verdict, description: string): Command {
  const command = new Command(verdict)
    .description(description)
    .argument('<tier>', 'the tier, as "edge"')
    .argument('[letter...]', 'places, as 0/12')
    .option('--all', 'all that nobody has handled by now')
  return withDoorOptions(command)
    .option('--json', 'one JSON document')
    .action(async (tier: string, letters: readonly string[], options: HandleOptions) => {
      const chosen = choice(letters, options)
      await throughDoor(options, { terminal, tiers: [tier] }, async (door: Door) => {
        const order = { verdict, letters: chosen }
        const done = await door.deadLetters.handle(tier, order, terminal.signal)
        terminal.out(options.json ? `${JSON.stringify(done)}\n` : handledText(verdict, done))
        if (done.missing.length > 0) throw notThere(done.missing)
      })
    })
}

function choice(letters: readonly string[], { all }: HandleOptions): readonly string[] | 'all' {
  if (all && letters.length === 0) return 'all'
  if (all || letters.length === 0) {
    throw new FoglineError('Cannot choose dead letters: name some, as 0/12, or --all, not both', {
      code: 'ERR_ARGUMENT',
    })
  }
  checkPlaces(letters)
  return letters
}

function checkPlaces(letters: readonly string[]): void {
  const wrong = letters.find((letter) => !/^\d{1,6}\/\d{1,15}$/.test(letter))
  if (wrong === undefined) return
  throw new FoglineError(`Cannot find dead letter "${wrong}": not a place (as 0/12)`, {
    code: 'ERR_ARGUMENT',
  })
}

function handledText(verdict: Verdict, { handled }: Handled): string {
  const letters = handled === 1 ? '1 dead letter' : `${handled} dead letters`
  return verdict === 'retry' ? `sent ${letters} again\n` : `dropped ${letters}\n`
}

function notThere(missing: readonly string[]): FoglineError {
  return new FoglineError(
    `Cannot find dead letters ${missing.join(', ')}: not there, or handled before`,
    { code: 'ERR_ARGUMENT' },
  )
}
