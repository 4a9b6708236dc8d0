import { execFile, execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { median, perMinute, spread } from './bench/figures.ts'
import { fill } from './bench/fill.ts'
import { startKafka } from './kafka/cluster.ts'

/** `npm run bench:kafka`: a real broker, and Fogline against the bare client, in alternating pairs. */
const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '20' },
    records: { type: 'string', default: '2000000' },
  },
})
const { seconds } = values
const pairs = Number(values.pairs)
const records = Number(values.records)

interface Rate {
  readonly perSecond: number
  readonly cpuMicroseconds: number
  readonly peakRssMB: number
  readonly records?: number
  readonly rssMB?: readonly number[]
}

const run = promisify(execFile)

async function program<T>(name: string, args: readonly string[]): Promise<T> {
  const path = fileURLToPath(new URL(`bench/${name}.ts`, import.meta.url))
  const flags = ['--max-semi-space-size=1', path]
  const { stdout } = await run(process.execPath, [...flags, ...args], { maxBuffer: 1e8 })
  return JSON.parse(stdout) as T
}

const cluster = await startKafka({ isLongLived: true })
const server = cluster.servers().join()
let runs = 0
const next = () => `bench-${++runs}`
const edge = (guarantee: string, forSeconds = seconds) =>
  program<Rate>('edge-tier', [server, 'bench-input', next(), forSeconds, guarantee])

try {
  await fill(server, { topics: ['bench-input', 'bench-passed'], count: records })
  await fill(server, { topics: ['hop-input', 'hop-output'], count: 0 })
  const rates = { bare: [] as Rate[], edge: [] as Rate[], once: [] as Rate[] }
  const times = { bare: [] as number[][], tier: [] as number[][] }
  for (let pair = 0; pair < pairs; pair++) {
    rates.bare.push(
      await program<Rate>('bare-loop', [server, 'bench-input', 'bench-passed', next(), seconds]),
    )
    rates.edge.push(await edge('at-least-once'))
    rates.once.push(await edge('exactly-once'))
    times.bare.push(await program('bare-latency', [server, 'hop-input', 'hop-output', seconds]))
    times.tier.push(await program('tier-latency', [server, next(), seconds]))
  }
  const partition = await program<{ serialMs: number; apart: number; batched: number }>(
    'one-partition',
    [server, next(), '2000'],
  )
  const long = await edge('at-least-once', '600')
  process.stdout.write(report({ rates, times, partition, long }))
} finally {
  await cluster.close()
}

interface Figures {
  readonly rates: Readonly<Record<'bare' | 'edge' | 'once', readonly Rate[]>>
  readonly times: Readonly<Record<'bare' | 'tier', readonly (readonly number[])[]>>
  readonly partition: {
    readonly serialMs: number
    readonly apart: number
    readonly batched: number
  }
  readonly long: Rate
}

function report({ rates, times, partition, long }: Figures): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const share = (some: readonly Rate[], of: readonly Rate[]) =>
    spread(some.map((one, at) => (100 * one.perSecond) / (of[at]?.perSecond ?? Number.NaN)))
  const at = (share: number) => (sorted: readonly number[]) =>
    sorted[Math.floor(share * sorted.length)] ?? Number.NaN
  const second = (long.rssMB ?? []).slice((long.rssMB?.length ?? 0) >> 1)
  const row = (name: string, some: readonly Rate[]) =>
    `| ${name} | ${spread(some.map((one) => one.perSecond))} | ${spread(
      some.map((one) => one.cpuMicroseconds),
      1,
    )} | ${spread(some.map((one) => one.peakRssMB))} |`
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, commit ${commit}, one Apache Kafka 4.1.1 on the same machine,`,
    `${pairs} rounds of ${seconds} s each, \`npm run bench:kafka\`. Medians, ranges in brackets.`,
    '',
    '| Saturated, 784-byte digits, 4 partitions | records/s | CPU us a record | peak RSS MB |',
    '|---|---:|---:|---:|',
    row('bare loop', rates.bare),
    row('edge tier, at least once', rates.edge),
    row('edge tier, exactly once', rates.once),
    '',
    '| What | Goal | Measured |',
    '|---|---:|---:|',
    `| edge tier as a share of the bare loop | >= 60 % | ${share(rates.edge, rates.bare)} % |`,
    `| exactly once as a share of at least once | >= 60 % | ${share(rates.once, rates.edge)} % |`,
    `| produce to answer at 50/s, p50 | <= bare + 1 ms | ${spread(times.tier.map(at(0.5)), 2)} ms, bare ${spread(times.bare.map(at(0.5)), 2)} ms |`,
    `| the same, p99 | | ${spread(times.tier.map(at(0.99)), 1)} ms, bare ${spread(times.bare.map(at(0.99)), 1)} ms |`,
    `| p50 over bare, pair by pair | <= 1 ms | ${median(times.tier.map((one, pair) => at(0.5)(one) - at(0.5)(times.bare[pair] ?? []))).toFixed(2)} ms |`,
    `| one partition, 20 keys, 5 ms a record, of ${partition.serialMs} ms in a row | <= 10 % | ${((100 * partition.apart) / partition.serialMs).toFixed(1)} % |`,
    `| the same in batches, as by default | | ${((100 * partition.batched) / partition.serialMs).toFixed(1)} % |`,
    `| growth in the second half of ${long.records} records | < 1 MB/min | ${perMinute(second).toFixed(1)} MB/min |`,
    `| peak of connector and functions | < 250 MB | ${long.peakRssMB.toFixed(0)} MB |`,
    '',
  ].join('\n')
}
