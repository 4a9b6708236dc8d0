import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { createLogUpdate } from 'log-update'
import type { RunningPipeline, TierStatus } from '../../pipeline/running.ts'
import { type Log, textLog } from '../../std/log.ts'
import { type Cell, durationText, table } from '../table.ts'
import type { Screen, Terminal } from '../terminal.ts'
import { tierOption } from '../tier-option.ts'

const EXAMPLES = `
Examples:
  fogline up                          runs ./fogline.yaml
  fogline up pipelines/digits.yaml --port 9000
  fogline up --tier edge              only this tier; the others run on other machines
  fogline up --tier edge --slot 1 --port 0    a second process of it on this machine
  fogline up --json | jq .tiers       one object a second
`

/** Below which a live table flickers. */
const TABLE_EVERY_MS = 500
/** Where nobody watches, a line a tier every so often, if something has changed. */
const LINES_EVERY_MS = 10_000
const JSON_EVERY_MS = 1000

interface UpOptions {
  readonly tier: readonly string[]
  readonly slot: number
  readonly port: number
  readonly json?: true
}

/** `fogline up`: runs a pipeline until Ctrl-C. */
export function upCommand(terminal: Terminal): Command {
  return new Command('up')
    .description('Run a pipeline: broker, functions, connectors and the door')
    .argument('[file]', 'the pipeline file', 'fogline.yaml')
    .addOption(tierOption('run'))
    .option('--slot <n>', 'on Kafka, which process of this tier on this host: 0, 1, …', slotOf, 0)
    .option('--port <n>', 'of the door on 127.0.0.1; 0 picks a free one', portOf, 8470)
    .option('--json', 'one JSON object a second')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: UpOptions) => {
      const { readPipeline } = await import('../../pipeline/read-pipeline.ts')
      const { startPipeline } = await import('../../pipeline/start.ts')
      const { cacheFolder } = await import('../../models/sources/cache-folder.ts')
      const { tier: tiers, port, slot } = options
      const pipeline = await readPipeline(resolve(terminal.cwd, file), { tiers, env: terminal.env })
      const board = liveBoard(options.json ? undefined : terminal.screen)
      const log = logAbove(board, terminal)
      const { signal } = terminal
      const cache = cacheFolder(terminal.env)
      const running = await startPipeline(pipeline, {
        port,
        slot,
        log,
        now: Date.now,
        cacheFolder: cache,
        signal,
      })
      try {
        await watch(running, { terminal, options, log, board })
      } finally {
        log('info', 'draining')
        await running.close()
      }
    })
}

/** A thousand processes of one tier are more than any topic has partitions for. */
const SLOT_MAX = 999

function slotOf(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= SLOT_MAX) return value
  throw new InvalidArgumentError(`"${text}" is not a slot (0 to ${SLOT_MAX}).`)
}

function portOf(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= 65_535) return value
  throw new InvalidArgumentError(`"${text}" is not a port (0 to 65535).`)
}

/** What is drawn again and again below the log, on a terminal. */
type Board = ReturnType<typeof createLogUpdate>

function liveBoard(screen: Screen | undefined): Board | undefined {
  return screen && createLogUpdate(screen as NodeJS.WritableStream)
}

/** Lines above the board, which the next drawing puts below them again. */
function logAbove(board: Board | undefined, terminal: Terminal): Log {
  const write = (line: string) => {
    board?.clear()
    terminal.err(line)
  }
  const log = textLog(write, Date.now)
  return (level, message, fields) => {
    if (terminal.isVerbose || level !== 'debug') log(level, message, fields)
  }
}

interface Watch {
  readonly terminal: Terminal
  readonly options: UpOptions
  readonly log: Log
  readonly board: Board | undefined
}

async function watch(
  running: RunningPipeline,
  { terminal, options, log, board }: Watch,
): Promise<void> {
  const { signal } = terminal
  log('info', `pipeline "${running.name}" is up`, { door: running.url })
  if (options.json) {
    const print = (tiers: readonly TierStatus[]) => terminal.out(statusLine(running, tiers))
    await every(JSON_EVERY_MS, { signal, act: async () => print(await running.status()) })
  } else if (board) {
    await showTable(running, { board, signal })
  } else {
    await logLines(running, { log, signal })
  }
}

/** A line of JSON; what is not known is null. */
export function statusLine(
  { name, url }: Pick<RunningPipeline, 'name' | 'url'>,
  tiers: readonly TierStatus[],
): string {
  const known = tiers.map((tier) => ({ ...tier, lag: tier.lag ?? null }))
  return `${JSON.stringify({ name, url, tiers: known })}\n`
}

async function showTable(
  running: RunningPipeline,
  { board, signal }: { readonly board: Board; readonly signal: AbortSignal },
): Promise<void> {
  const act = async () => {
    const text = statusTable(await running.status())
    board(`${running.name}  ${running.url}  (Ctrl-C drains and ends)\n\n${text}`)
  }
  await every(TABLE_EVERY_MS, { signal, act })
  board.done()
}

/** The live table of `up`: a line a tier. */
export function statusTable(tiers: readonly TierStatus[]): string {
  const headings = ['tier', 'in', 'exits', 'forwards', 'dead letters', 'lag', 'replicas']
  const rows = tiers.map((one): readonly Cell[] => [
    one.tier,
    one.in,
    one.exits,
    one.forwards,
    one.deadLetters,
    one.lag ?? '-',
    one.replicas,
    durationText(one.latencyMsP50),
    durationText(one.latencyMsP99),
  ])
  return table([...headings, 'p50', 'p99'], rows)
}

async function logLines(
  running: RunningPipeline,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const last = new Map<string, number>()
  const act = async () => {
    for (const tier of await running.status()) {
      const seen = tier.in + tier.exits + tier.forwards + tier.deadLetters
      if (last.get(tier.tier) === seen) continue
      last.set(tier.tier, seen)
      const { in: taken, exits, forwards, deadLetters, lag = '-', replicas } = tier
      const counts = { in: taken, exits, forwards, deadLetters, lag, replicas }
      const p50 = durationText(tier.latencyMsP50)
      log('info', tier.tier, { ...counts, p50, p99: durationText(tier.latencyMsP99) })
    }
  }
  await every(LINES_EVERY_MS, { signal, act })
}

async function every(
  everyMs: number,
  { signal, act }: { readonly signal: AbortSignal; readonly act: () => Promise<void> },
): Promise<void> {
  while (!signal.aborted) {
    await act()
    await sleep(everyMs, undefined, { signal }).catch(() => {})
  }
}
