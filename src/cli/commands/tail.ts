import { styleText } from 'node:util'
import { Command, InvalidArgumentError, Option } from 'commander'
import { HEADERS } from '../../core/headers.ts'
import { identityOf, retryFromText } from '../../core/provenance.ts'
import { RecentIdentities } from '../../core/recent-identities.ts'
import type { Door, DoorRecord } from '../../ingest/door.ts'
import { FoglineError } from '../../std/errors.ts'
import { type DoorChoice, doorLog, throughDoor, withDoorOptions } from '../door-option.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Examples:
  fogline tail                                answers of all tiers, from now on
  fogline tail edge-output --from earliest    all that the edge ever answered
  fogline tail edge-input.dlq --from earliest dead letters, with their reasons
  fogline tail --count 10 --json              ten answers, one JSON object a line
  fogline tail --pipeline fogline.yaml        from the brokers themselves, without \`fogline up\`
  fogline tail measurements --broker kafka://localhost:9092    any topic
`

/** Duplicates follow closely: a member that starts again repeats at most 10 000 records a partition. */
const IDENTITIES_MAX = 100_000

interface TailOptions extends DoorChoice {
  readonly from: string
  readonly count?: number
  readonly broker?: string
  readonly raw?: true
  readonly json?: true
}

/** `fogline tail`: prints records as they come. */
export function tailCommand(terminal: Terminal): Command {
  const command = new Command('tail')
    .description('Print answers as they come, of all tiers or of one topic')
    .argument('[topic]', 'a topic; without it the output topics of all tiers')
    .option('--from <where>', 'earliest, latest, or an offset in each partition', from, 'latest')
    .option('--count <n>', 'end after so many records', positiveInteger)
    .option('--raw', 'print duplicates, too: records of one source, id and retry')
  return withDoorOptions(command)
    .addOption(
      new Option(
        '--broker <address>',
        'read any topic of this broker, as kafka://localhost:9092',
      ).conflicts(['url', 'pipeline']),
    )
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action(async (topic: string | undefined, options: TailOptions) => {
      const act = (door: Door) => tail(door, { terminal, options, topic })
      if (options.broker === undefined) await throughDoor(options, { terminal, tiers: [] }, act)
      else await throughBroker(options.broker, { terminal, topic }, act)
    })
}

async function throughBroker(
  address: string,
  { terminal, topic }: { readonly terminal: Terminal; readonly topic: string | undefined },
  act: (door: Door) => Promise<void>,
): Promise<void> {
  if (topic === undefined) {
    throw new FoglineError(`Cannot read broker "${address}": no topic is named`, {
      code: 'ERR_ARGUMENT',
    })
  }
  const { openTopicDoor } = await import('../../pipeline/open-door.ts')
  const door = await openTopicDoor(address, topic, doorLog(terminal))
  try {
    await act(door)
  } finally {
    await door.close()
  }
}

/** An argument that must be a whole number from 1 on. */
export function positiveInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidArgumentError(`"${text}" is not a whole number from 1 on.`)
}

function from(text: string): string {
  if (text === 'earliest' || text === 'latest' || /^\d{1,15}$/.test(text)) return text
  throw new InvalidArgumentError(`"${text}" is not earliest, latest, or an offset.`)
}

interface Tail {
  readonly terminal: Terminal
  readonly options: TailOptions
  readonly topic: string | undefined
}

async function tail(door: Door, { terminal, options, topic }: Tail): Promise<void> {
  const topics = topic === undefined ? await outputTopics(door, terminal.signal) : [topic]
  const enough = new AbortController()
  const signal = AbortSignal.any([terminal.signal, enough.signal])
  let left = options.count ?? Number.POSITIVE_INFINITY
  const recent = new RecentIdentities(IDENTITIES_MAX)
  const follow = async (name: string) => {
    for await (const record of door.records(name, options.from, signal)) {
      const identity = options.raw ? undefined : identityIn(record, name)
      if (identity !== undefined && !recent.add(identity)) continue
      if (left-- > 0) terminal.out(options.json ? jsonLine(name, record) : textLine(name, record))
      if (left <= 0) enough.abort()
    }
    if (!signal.aborted) throw ended(name)
  }
  const followed = topics.map((name) =>
    follow(name).catch((error: unknown) => {
      if (!signal.aborted) throw error
    }),
  )
  await Promise.all(followed).finally(() => enough.abort())
}

/** What duplicates of a record share; undefined where it has no id, as those of other programs. */
function identityIn({ headers }: DoorRecord, topic: string): string | undefined {
  const id = headers[HEADERS.id]
  if (!id) return undefined
  const retry = retryFromText(headers[HEADERS.retry])
  return identityOf({ id, source: headers[HEADERS.source] || topic, retry })
}

async function outputTopics(door: Door, signal: AbortSignal): Promise<readonly string[]> {
  const tiers = await door.tiers(signal)
  return [...new Set(tiers.map((tier) => tier.output))]
}

function ended(topic: string): FoglineError {
  return new FoglineError(`Cannot go on reading topic "${topic}": the door has closed`, {
    code: 'ERR_UNAVAILABLE',
  })
}

function jsonLine(topic: string, record: DoorRecord): string {
  return `${JSON.stringify({ topic, ...record })}\n`
}

/** The parts of an answer that a line for people shows. */
interface Answer {
  readonly tier?: unknown
  readonly values?: unknown
  readonly class?: unknown
  readonly label?: unknown
  readonly confidence?: unknown
  readonly reason?: unknown
  readonly id?: unknown
}

function textLine(topic: string, { headers, value, partition, offset }: DoorRecord): string {
  const error = headers['fogline-error']
  if (error !== undefined) {
    return `${topic} ${partition}/${offset} ${styleText('red', headers['fogline-error-code'] ?? '')} ${error}\n`
  }
  const answer = (value && typeof value === 'object' ? value : {}) as Answer
  if (answer.tier === undefined) return `${topic} ${partition}/${offset} ${JSON.stringify(value)}\n`
  const name = answer.label ?? answer.class ?? JSON.stringify(answer.values ?? value)
  const confidence = typeof answer.confidence === 'number' ? answer.confidence.toFixed(3) : ''
  return `${String(answer.tier).padEnd(8)} ${styleText('bold', String(name).padEnd(8))} ${confidence} ${String(answer.reason).padEnd(9)} ${answer.id}\n`
}
