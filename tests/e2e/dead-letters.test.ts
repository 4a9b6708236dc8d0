import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker } from '../../src/core/broker.ts'
import { readAll } from '../fixtures/connector/read-all.ts'
import { until } from '../fixtures/until.ts'
import { digitsFile, fogline, startUp } from './processes.ts'

const DIGITS = 1000
const TIME_MAX_MS = 180_000

const state = { folder: '' }

beforeEach(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'fogline-dlq-'))
  assert.equal((await fogline(['init'], state.folder)).code, 0)
})

afterEach(() => rm(state.folder, { recursive: true, force: true }))

describe('dead letters', { timeout: TIME_MAX_MS }, () => {
  it('are looked at, dropped, and sent again once what was wrong is mended', async () => {
    await onBroker((broker) => produceDigits(broker))
    await misread(true)
    const broken = await startUp(state.folder, 0)
    await until(async () => (await lagOf(broken.url)).deadLetters === DIGITS)
    const dlq = (...args: readonly string[]) => run('dlq', ...args, '--url', broken.url)

    const list = await dlq('list', 'edge', '--limit', '3')
    assert.match(list.stdout, /^letter +died +id +retries +code +error\n/)
    assert.match(list.stdout, /ERR_TENSOR +Cannot .*784 bytes/)
    assert.match(list.stdout, /\n3 of 1000\n$/)
    const [first, second] = (await letters(broken.url)).map(({ letter }) => letter)
    assert.ok(first && second)
    const shown = await dlq('show', 'edge', first)
    assert.match(shown.stdout, /origin +edge-input\/\d\/\d+\n/)
    assert.match(shown.stdout, /\nvalue, 784 bytes\n {2}0000/)

    assert.equal((await dlq('drop', 'edge', first)).stdout, 'dropped 1 dead letter\n')
    const again = await dlq('drop', 'edge', first)
    assert.deepEqual([again.code, again.stdout], [1, 'dropped 0 dead letters\n'])
    assert.match(again.stderr, /^fogline: Cannot find dead letters \d\/\d+: .*handled before\n$/)
    // Sent again to what still misreads it, it comes back, and says how often it was sent.
    assert.equal((await dlq('retry', 'edge', second)).stdout, 'sent 1 dead letter again\n')
    await until(async () => (await letters(broken.url)).some(({ retries }) => retries === 1))
    assert.equal(await broken.end('SIGTERM'), 0)

    await misread(false)
    const mended = await startUp(state.folder, 0)
    const retry = await run('dlq', 'retry', 'edge', '--all', '--url', mended.url)
    assert.equal(retry.stdout, `sent ${DIGITS - 1} dead letters again\n`)
    const count = ['--count', String(DIGITS - 1)]
    const tail = await run('tail', '--from', 'earliest', ...count, '--json', '--url', mended.url)
    assert.equal(idsIn(tail.stdout).size, DIGITS - 1)
    assert.deepEqual(await letters(mended.url), [])
    assert.equal(await mended.end('SIGTERM'), 0)
  })

  it('are answered once each, though `up` is killed while it sends them again', async () => {
    await onBroker((broker) => produceDigits(broker, 3))
    await misread(true)
    const broken = await startUp(state.folder, 0)
    await until(async () => (await lagOf(broken.url)).deadLetters === 3 * DIGITS)
    assert.equal(await broken.end('SIGTERM'), 0)
    await misread(false)
    for (let kill = 0; kill < 3; kill++) {
      const up = await startUp(state.folder, 0)
      const { deadLetters } = await lagOf(up.url)
      const retried = run('dlq', 'retry', 'edge', '--all', '--url', up.url)
      await until(async () => (await lagOf(up.url)).deadLetters < deadLetters)
      await up.end('SIGKILL')
      await retried
    }
    const up = await startUp(state.folder, 0)
    assert.equal((await run('dlq', 'retry', 'edge', '--all', '--url', up.url)).code, 0)
    await until(async () => (await lagOf(up.url)).total === 0)
    assert.equal(await up.end('SIGTERM'), 0)
    const ids = await onBroker(answeredIds)
    assert.equal(ids.length, 3 * DIGITS)
    assert.equal(new Set(ids).size, 3 * DIGITS)
  })
})

function run(...args: readonly string[]) {
  return fogline(args, state.folder)
}

/** Whether the edge takes the digits' bytes for floats: then none fits. */
async function misread(isMisread: boolean): Promise<void> {
  const path = join(state.folder, 'fogline.yaml')
  const [from, to] = isMisread ? ['UINT8', 'FP32'] : ['FP32', 'UINT8']
  await writeFile(
    path,
    (await readFile(path, 'utf8')).replace(`datatype: ${from}`, `datatype: ${to}`),
  )
}

/** Uses the pipeline's own broker while `up` does not run. */
async function onBroker<T>(use: (broker: Broker) => Promise<T>): Promise<T> {
  const broker = await openBroker(`embedded:${join(state.folder, '.fogline', 'data')}`)
  try {
    return await use(broker)
  } finally {
    await broker.close()
  }
}

/** Digits as a device would write them that knows nothing of Fogline: bytes, no headers. */
async function produceDigits(broker: Broker, times = 1): Promise<void> {
  await broker.ensure([{ name: 'edge-input', partitions: 4 }])
  const digits = await readFile(digitsFile('digits.u8'))
  for (let time = 0; time < times; time++) {
    const records = Array.from({ length: DIGITS }, (_, index) => ({
      topic: 'edge-input',
      value: digits.subarray(index * 784, (index + 1) * 784),
      headers: [],
    }))
    await broker.produce(records)
  }
}

async function answeredIds(broker: Broker): Promise<readonly (string | undefined)[]> {
  const topics = ['edge-output', 'fog-output', 'cloud-output']
  const answers = await Promise.all(topics.map((topic) => readAll(broker, topic)))
  return answers.flat().map(({ value }) => (JSON.parse(Buffer.from(value).toString()) as Answer).id)
}

interface Answer {
  readonly id: string
}

function idsIn(text: string): ReadonlySet<string> {
  const lines = text.trim().split('\n')
  return new Set(lines.map((line) => (JSON.parse(line) as { value: Answer }).value.id))
}

async function letters(url: string) {
  const { stdout } = await run('dlq', 'list', 'edge', '--json', '--limit', '1000', '--url', url)
  return (JSON.parse(stdout) as { letters: { letter: string; retries: number }[] }).letters
}

/** What waits for the edge, and for all tiers together. */
async function lagOf(url: string) {
  const answer = await fetch(`${url}/lag`)
  const { tiers } = (await answer.json()) as { tiers: { lag: number; deadLetters: number }[] }
  const total = tiers.reduce((sum, { lag }) => sum + lag, 0)
  return { deadLetters: tiers[0]?.deadLetters ?? Number.NaN, total }
}
