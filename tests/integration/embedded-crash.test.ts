import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker } from '../../src/core/broker.ts'
import { randomNumbers } from '../fixtures/random.ts'

const PROGRAM = fileURLToPath(new URL('../fixtures/brokers/pass-through.main.ts', import.meta.url))

/** Each run starts a process; ten take some two seconds. */
const RUNS = 10
/** Acknowledged records after which a run is killed, at most. */
const RECORDS_MAX = 200
/** Numbers of one run: far more than it can write. */
const RUN_NUMBERS = 1_000_000
const SEED = 20261123

describe('the embedded broker', { timeout: 60_000 }, () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fogline-crash-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('loses and doubles nothing when its process is killed at any time', async () => {
    const random = randomNumbers(SEED)
    const acknowledged: string[] = []
    for (let run = 0; run < RUNS; run++) {
      const count = Math.ceil(random() * RECORDS_MAX)
      acknowledged.push(...(await acknowledgedUntilKilled(folder, { run, count })))
    }
    const broker = await openBroker(`embedded:${folder}`)
    try {
      const written = await valuesOf(broker, 'in')
      assert.equal(new Set(written).size, written.length, 'no record is written twice')
      const missing = new Set(acknowledged).difference(new Set(written))
      assert.deepEqual([...missing], [], 'every acknowledged record is there')
      await passOnTheRest(broker)
      const passed = await valuesOf(broker, 'out')
      assert.deepEqual(passed.toSorted(), written.toSorted(), 'each is passed on once')
    } finally {
      await broker.close()
    }
  })

  it('tells a second process who has the folder, until that one is killed', async () => {
    const { child, numbers } = start(folder, RUNS)
    await numbers.next()
    await assert.rejects(openBroker(`embedded:${folder}`), {
      code: 'ERR_BROKER',
      message:
        `Cannot open embedded broker "${folder}": process ${child.pid} has it open (one process ` +
        'at a time; other programs reach it through the door of `fogline up`)',
    })
    await kill(child)
    await (await openBroker(`embedded:${folder}`)).close()
  })
})

function start(folder: string, run: number) {
  const args = [PROGRAM, folder, `${run * RUN_NUMBERS}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, numbers: createInterface(child.stdout)[Symbol.asyncIterator]() }
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** All numbers that a run said were acknowledged, killed as soon as `count` of them were read. */
async function acknowledgedUntilKilled(
  folder: string,
  { run, count }: { run: number; count: number },
): Promise<readonly string[]> {
  const { child, numbers } = start(folder, run)
  const said: string[] = []
  let killed: Promise<void> | undefined
  for await (const number of { [Symbol.asyncIterator]: () => numbers }) {
    said.push(number)
    if (said.length === count) killed = kill(child)
  }
  await killed
  assert.ok(said.length >= count, `run ${run} ended by itself`)
  return said
}

async function valuesOf(broker: Broker, topic: string): Promise<readonly string[]> {
  const count = await broker.lag(topic, 'nobody')
  const ended = new AbortController()
  const values: string[] = []
  for await (const { value } of broker.read(topic, 'earliest', ended.signal)) {
    values.push(Buffer.from(value).toString())
    if (values.length === count) ended.abort()
  }
  return values
}

async function passOnTheRest(broker: Broker): Promise<void> {
  const limits = { batchRecordsMax: 100, batchSizeBytesMax: 1_000_000 }
  const member = await broker.subscribe({ topic: 'in', group: 'g', from: 'earliest', ...limits })
  const batches = member[Symbol.asyncIterator]()
  while ((await broker.lag('in', 'g')) > 0) {
    const { value } = await batches.next()
    const outcomes = value.records.map((one: object) => ({ ...one, topic: 'out' }))
    const next = value.records.at(-1).offset + 1
    await member.settle([{ partition: value.partition, next }], outcomes)
  }
  await member.close()
}
