import { randomUUID } from 'node:crypto'
import { basename, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import type { Tensor } from '../../core/tensor.ts'
import type { Door, DoorTier } from '../../ingest/door.ts'
import { FoglineError } from '../../std/errors.ts'
import { deliver, findTier } from '../deliver.ts'
import { type DoorChoice, throughDoor, withDoorOptions } from '../door-option.ts'
import { readBounded } from '../read-bounded.ts'
import type { Terminal } from '../terminal.ts'
import { positiveInteger } from './tail.ts'

const EXAMPLES = `
Examples:
  fogline send edge sample.npy                    one sample, or a batch on the first axis
  fogline send edge digits.u8 --rate 50           raw bytes, 50 samples a second
  fogline send edge photo.png --key camera-1      an image, scaled to the model's shape
  fogline send edge a.json --repeat 10 --id-prefix test    ids test-0 to test-9
  fogline send edge sample.npy --pipeline fogline.yaml     to the broker itself, without \`fogline up\`
`

/** Samples on their way at a time; one with --key, whose samples keep their order. */
const IN_FLIGHT_MAX = 16

interface SendOptions extends DoorChoice {
  readonly rate?: number
  readonly repeat: number
  readonly key?: string
  readonly idPrefix?: string
  readonly retryFor: number
  readonly json?: true
}

/** `fogline send`: samples of files to a tier of a running pipeline. */
export function sendCommand(terminal: Terminal): Command {
  const command = new Command('send')
    .description('Send samples of files to a tier')
    .argument('<tier>', 'the tier, as "edge"')
    .argument('<file...>', '.npy, .json, PNG or JPEG; any other is raw bytes')
    .option('--rate <n>', 'samples a second (default: as fast as it goes)', positiveNumber)
    .option('--repeat <n>', 'send all of them so many times', positiveInteger, 1)
    .option('--key <key>', 'the key of all records: they keep their order')
    .option('--id-prefix <prefix>', 'ids PREFIX-0, PREFIX-1, … (default: random)')
    .option('--retry-for <seconds>', 'retry a sample for so long', positiveNumber, 60)
  return withDoorOptions(command)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', EXAMPLES)
    .action(async (tier: string, files: readonly string[], options: SendOptions) => {
      const needs = { terminal, tiers: [tier], takesSamples: true }
      await throughDoor(options, needs, (door) => send(door, { terminal, options, tier, files }))
    })
}

function positiveNumber(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError(`"${text}" is not a number above 0.`)
}

interface Send {
  readonly terminal: Terminal
  readonly options: SendOptions
  readonly tier: string
  readonly files: readonly string[]
}

async function send(door: Door, { terminal, options, tier, files }: Send): Promise<void> {
  const patience = { retryForMs: 1000 * options.retryFor, signal: terminal.signal }
  const target = await findTier(door, tier, patience)
  const paths = files.map((file) => resolve(terminal.cwd, file))
  const samples = (await Promise.all(paths.map((path) => samplesOf(path, target)))).flat()
  const prefix = options.idPrefix ?? randomUUID()
  const total = samples.length * options.repeat
  const startMs = performance.now()
  let acknowledged = 0
  const sendOne = async (index: number, signal: AbortSignal) => {
    const sample = samples[index % samples.length]
    if (options.rate) await until(startMs + (1000 * index) / options.rate, signal)
    if (!sample || signal.aborted) return
    const id = `${prefix}-${index}`
    const headers = { 'content-type': 'application/x-npy', ...sampleHeaders(id, options.key) }
    const delivery = { door, tier, sample: { body: await npy(sample), headers } }
    await deliver(delivery, { ...patience, signal })
    acknowledged++
    if (options.json) terminal.out(`${JSON.stringify({ id })}\n`)
  }
  const inFlightMax = options.key === undefined ? IN_FLIGHT_MAX : 1
  try {
    await forEachIndex(total, sendOne, { inFlightMax, signal: terminal.signal })
  } finally {
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
    const line = `sent ${acknowledged} of ${total} samples in ${seconds} s\n`
    if (options.json) terminal.err(line)
    else terminal.out(line)
  }
}

async function samplesOf(path: string, tier: DoorTier): Promise<readonly Tensor[]> {
  const { samplesFromFile } = await import('../../formats/samples.ts')
  const bytes = await readBounded(path)
  try {
    return await samplesFromFile(bytes, path, tier)
  } catch (cause) {
    throw new FoglineError(`Cannot send "${basename(path)}" to tier "${tier.name}"`, {
      code: 'ERR_TENSOR',
      cause,
    })
  }
}

async function npy(sample: Tensor): Promise<Uint8Array> {
  const { writeNpy } = await import('../../formats/npy.ts')
  return writeNpy(sample)
}

function sampleHeaders(id: string, key: string | undefined): Record<string, string> {
  const always = { 'fogline-id': id, 'fogline-time': String(Date.now()) }
  return key === undefined ? always : { ...always, 'fogline-key': key }
}

async function until(timeMs: number, signal: AbortSignal): Promise<void> {
  const waitMs = timeMs - performance.now()
  if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {})
}

/**
 * Calls `act` for 0 to `count` - 1 in order, `inFlightMax` at a time. The first failure stops the rest
 * and is thrown; an aborted signal just ends it.
 */
async function forEachIndex(
  count: number,
  act: (index: number, signal: AbortSignal) => Promise<void>,
  { inFlightMax, signal }: { readonly inFlightMax: number; readonly signal: AbortSignal },
): Promise<void> {
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  let next = 0
  const work = async () => {
    while (next < count && !stop.aborted) await act(next++, stop)
  }
  const workers = Array.from({ length: inFlightMax }, () =>
    work().catch((error: unknown) => {
      if (stop.aborted) return
      failed.abort()
      throw error
    }),
  )
  await Promise.all(workers)
}
