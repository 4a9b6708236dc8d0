import { styleText } from 'node:util'
import { Command, InvalidArgumentError, Option } from 'commander'
import { DOOR_URL, type Door, type DoorRecord, openDoor } from '../../ingest/door-client.ts'
import { FoglineError } from '../../std/errors.ts'
import type { Terminal } from '../terminal.ts'

const EXAMPLES = `
Examples:
  fogline tail                                answers of all tiers, from now on
  fogline tail edge-output --from earliest    all that the edge ever answered
  fogline tail edge-input.dlq --from earliest dead letters, with their reasons
  fogline tail --count 10 --json              ten answers, one JSON object a line
`

interface TailOptions {
  readonly from: string
  readonly count?: number
  readonly url: string
  readonly json?: true
}

/** `fogline tail`: prints records as they come. */
export function tailCommand(terminal: Terminal): Command {
  return new Command('tail')
    .description('Print answers as they come, of all tiers or of one topic')
    .argument('[topic]', 'a topic; without it the output topics of all tiers')
    .option('--from <where>', 'earliest, latest, or an offset in each partition', from, 'latest')
    .option('--count <n>', 'end after so many records', positiveInteger)
    .addOption(new Option('--url <url>', 'the door of `fogline up`').default(DOOR_URL))
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action(async (topic: string | undefined, options: TailOptions) => {
      const door = openDoor(options.url)
      try {
        await tail(door, { terminal, options, topic })
      } finally {
        await door.close()
      }
    })
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
  const follow = async (name: string) => {
    for await (const record of door.records(name, options.from, signal)) {
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
  const name = answer.label ?? answer.class ?? JSON.stringify(value)
  const confidence = typeof answer.confidence === 'number' ? answer.confidence.toFixed(3) : ''
  return `${String(answer.tier).padEnd(8)} ${styleText('bold', String(name).padEnd(8))} ${confidence} ${answer.reason} ${answer.id}\n`
}
