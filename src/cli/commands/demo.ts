import { Command } from 'commander'
import { createLogUpdate } from 'log-update'
import { type DemoReport, runDemo } from '../../bench/demo.ts'
import type { Tally } from '../../bench/ledger.ts'
import { type Cell, durationText, shareText, table } from '../table.ts'
import type { Screen, Terminal } from '../terminal.ts'
import { DIGITS_FOLDER } from './init.ts'
import { positiveInteger } from './tail.ts'

const EXAMPLES = `
Examples:
  fogline demo                        1000 real digits through edge, fog and cloud
  fogline demo --digits 100 --json
  fogline demo --kafka localhost:9092    the same on a Kafka cluster, on topics of its own
`

const BAR_COLUMNS = 40

interface DemoOptions {
  readonly digits: number
  readonly kafka?: string
  readonly json?: true
}

/** `fogline demo`: real digits through three tiers, on this machine, or on a Kafka cluster. */
export function demoCommand(terminal: Terminal): Command {
  return new Command('demo')
    .description('Send 1000 real digits through edge, fog and cloud, on this machine')
    .option('--digits <n>', 'how many, at most 1000', positiveInteger, 1000)
    .option('--kafka <host:port>', 'on this Kafka cluster; further brokers after commas')
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (options: DemoOptions) => {
      const bar = progressBar(options.json ? undefined : terminal.screen)
      const report = await runDemo({
        folder: DIGITS_FOLDER,
        digits: options.digits,
        kafka: options.kafka,
        onProgress: bar.draw,
        signal: terminal.signal,
      })
      bar.done()
      terminal.out(options.json ? `${JSON.stringify(report)}\n` : reportText(report))
    })
}

function progressBar(screen: Screen | undefined): {
  readonly draw: (done: number, total: number) => void
  readonly done: () => void
} {
  if (!screen) return { draw: () => {}, done: () => {} }
  const update = createLogUpdate(screen as NodeJS.WritableStream)
  const draw = (done: number, total: number) => {
    const full = Math.round((BAR_COLUMNS * done) / total)
    update(`${'█'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)} ${done} of ${total} digits`)
  }
  return { draw, done: () => update.clear() }
}

function reportText(report: DemoReport): string {
  const cells = (tier: Tally): readonly Cell[] => [
    tier.tier,
    tier.answers,
    shareText(tier.answers, report.answers),
    shareText(tier.correct, tier.answers),
    durationText(tier.latencyMsP50),
    durationText(tier.latencyMsP99),
  ]
  const headings = ['tier', 'answers', 'share', 'accuracy', 'p50', 'p99']
  const rows = [...report.tiers, report.all].map(cells)
  const rate = Math.round(report.digits / (report.durationMs / 1000))
  const dead = report.deadLetters === 0 ? '' : `${report.deadLetters} dead letters\n`
  return [
    `${report.devices} devices sent ${report.digits} digits in ${durationText(report.durationMs)}, ${rate}/s\n\n`,
    table(headings, rows),
    `\n${dead}`,
    report.topics === undefined ? '' : `Its topics stay on the cluster: ${report.topics}-…\n`,
    `${report.answers} of ${report.digits} digits answered\n`,
  ].join('')
}
