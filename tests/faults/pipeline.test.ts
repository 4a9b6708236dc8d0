import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readDigits } from '../../src/bench/digits.ts'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker } from '../../src/core/broker.ts'
import { DIGITS, startUp, type Up } from '../e2e/processes.ts'
import { readUntilMarked } from '../fixtures/connector/read-until-marked.ts'
import { headerOf } from '../fixtures/connector/rig.ts'
import { idOfSample } from '../fixtures/faults/ledger.ts'
import { FAULT_RECORDS } from '../fixtures/faults/scene.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'
import { until } from '../fixtures/until.ts'

const KILL_EVERY_MS = 2_000
const CHUNK_RECORDS = 50
const SECONDS = 12

const server = kafkaServer()

describe('a pipeline whose processes are killed every two seconds', needsKafka(), () => {
  it('answers every digit, connector and replicas killed in turn', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'fogline-faults-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const name = `p${randomUUID().slice(0, 8)}`
    const address = `kafka://${await server()}`
    await writeFile(join(folder, 'fogline.yaml'), pipelineFile(name, address))
    const broker = await openBroker(address)
    t.after(() => broker.close())
    await broker.ensure([
      { name: `${name}-edge`, partitions: 4 },
      { name: `${name}-answers`, partitions: 4 },
    ])
    const ended = new AbortController()
    const kills = { connector: 0, replicas: 0 }
    const killing = killInTurn(folder, { signal: ended.signal, kills })
    const isKilledEnough = () => kills.connector >= 2 && kills.replicas >= 2
    await sendDigits(broker, { topic: `${name}-edge`, isEnough: isKilledEnough })
    await answered(broker, name)
    ended.abort()
    await killing
    const answers = await readUntilMarked(broker, `${name}-answers`)
    const ids = answers.map((one) => headerOf(one, 'fogline-id') ?? '')
    const missing = Array.from({ length: FAULT_RECORDS }, (_, at) => idOfSample(at)).filter(
      (id) => !ids.includes(id),
    )
    assert.deepEqual(missing, [])
    const rawDuplicates = ids.length - new Set(ids).size
    t.diagnostic(`${FAULT_RECORDS} sent: ${JSON.stringify({ rawDuplicates, ...kills })}`)
    assert.ok(isKilledEnough(), JSON.stringify(kills))
  })
})

function pipelineFile(name: string, address: string): string {
  const tier = (tierName: string, more: string) =>
    `  - { name: ${tierName}, model: ${DIGITS}/models/${tierName}.keras, ${more}, output: { topic: ${name}-answers }, platform: { isolation: process }, scaling: { maxReplicas: 1 } }`
  return [
    `name: ${name}`,
    `brokers: { site: "${address}" }`,
    'tiers:',
    tier(
      'edge',
      `input: { topic: ${name}-edge, datatype: UINT8, shape: [28, 28, 1], scale: 0.00392156862745098 }`,
    ),
    tier('fog', `input: { topic: ${name}-fog }`),
    tier('cloud', `input: { topic: ${name}-cloud }`),
    '',
  ].join('\n')
}

/** Sends all digits, the last ones only once `isEnough`: a slow machine starts processes slowly. */
async function sendDigits(
  broker: Broker,
  { topic, isEnough }: { readonly topic: string; readonly isEnough: () => boolean },
): Promise<void> {
  const { images } = await readDigits(DIGITS, 1_000)
  const everyMs = (1_000 * SECONDS * CHUNK_RECORDS) / FAULT_RECORDS
  for (let at = 0; at < FAULT_RECORDS; at += CHUNK_RECORDS) {
    if (at + CHUNK_RECORDS >= FAULT_RECORDS) await until(isEnough)
    await broker.produce(
      Array.from({ length: CHUNK_RECORDS }, (_, index) => ({
        topic,
        key: Buffer.from(`device-${index % 10}`),
        value: images[(at + index) % images.length] ?? new Uint8Array(),
        headers: [['fogline-id', Buffer.from(idOfSample(at + index))]] as const,
      })),
    )
    await sleep(everyMs)
  }
}

/** Resolves once no tier has anything left. */
async function answered(broker: Broker, name: string): Promise<void> {
  const giveUpAtMs = performance.now() + 120_000
  for (;;) {
    const lags = await Promise.all(
      ['edge', 'fog', 'cloud'].map((tier) => broker.lag(`${name}-${tier}`, `${name}-${tier}`)),
    )
    if (lags.every((lag) => lag === 0)) return
    assert.ok(performance.now() < giveUpAtMs, `lag is still ${lags.join(', ')}`)
    await sleep(100)
  }
}

/** Keeps `fogline up` running: kills it, or else a replica of it, every two seconds. */
async function killInTurn(
  folder: string,
  {
    signal,
    kills,
  }: { readonly signal: AbortSignal; readonly kills: { connector: number; replicas: number } },
): Promise<void> {
  let up: Up | undefined
  for (let turn = 0; !signal.aborted; turn++) {
    up ??= await startUp(folder, 0)
    await sleep(KILL_EVERY_MS, undefined, { signal }).catch(() => {})
    if (signal.aborted) break
    if (turn % 2 === 0) {
      for (const pid of childrenOf(up.pid)) process.kill(pid, 'SIGKILL')
      kills.replicas++
    } else {
      await up.end('SIGKILL')
      up = undefined
      kills.connector++
    }
  }
  await up?.end('SIGTERM')
}

/** The processes that process `pid` has started. */
function childrenOf(pid: number): readonly number[] {
  const text = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return text.trim().split(/\s+/).map(Number)
}
