import { Command } from 'commander'
import type { TierLag } from '../../ingest/get-lag.ts'
import { FoglineError } from '../../std/errors.ts'
import { type DoorChoice, throughDoor, withDoorOptions } from '../door-option.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Examples:
  fogline lag                              what waits for each tier of \`fogline up\`
  fogline lag fog --json
  fogline lag --pipeline fogline.yaml      asks the brokers themselves, from any machine
`

interface LagOptions extends DoorChoice {
  readonly json?: true
}

/** `fogline lag`: what waits for each tier. */
export function lagCommand(terminal: Terminal): Command {
  const command = new Command('lag')
    .description('Print what waits for each tier: records and dead letters')
    .argument('[tier]', 'only this tier')
  return withDoorOptions(command)
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(async (tier: string | undefined, options: LagOptions) => {
      const tiers = tier === undefined ? [] : [tier]
      await throughDoor(options, { terminal, tiers }, async (door) => {
        const lags = selected(await door.lag(terminal.signal), tier)
        terminal.out(options.json ? `${JSON.stringify({ tiers: lags })}\n` : lagTable(lags))
        terminal.err(errorText(lags))
      })
    })
}

function selected(lags: readonly TierLag[], tier: string | undefined): readonly TierLag[] {
  const found = lags.filter((one) => tier === undefined || one.tier === tier)
  if (found.length > 0) return found
  const known = lags.map((one) => one.tier).join(', ')
  throw new FoglineError(`Cannot print lag of tier "${tier}": there is none (known: ${known})`, {
    code: 'ERR_ARGUMENT',
  })
}

/** A line for each reason why a broker does not say, with the tiers that it concerns. */
function errorText(lags: readonly TierLag[]): string {
  const failed = lags.filter(({ error }) => error !== undefined)
  const tiers = Map.groupBy(failed, ({ error }) => error)
  return [...tiers]
    .map(([error, of]) => `fogline: ${of.map(({ tier }) => tier).join(', ')}: ${error}\n`)
    .join('')
}

function lagTable(lags: readonly TierLag[]): string {
  const rows = lags.map(({ tier, topic, group, lag, deadLetters }) => [
    tier,
    topic,
    group,
    lag ?? '?',
    deadLetters ?? '?',
  ])
  return table(['tier', 'topic', 'group', 'lag', 'dead letters'], rows)
}
