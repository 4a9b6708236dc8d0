import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import type { Broker } from '../../src/core/broker.ts'
import { identityOf, provenanceOf } from '../../src/core/provenance.ts'
import { openDoor } from '../../src/ingest/door-client.ts'
import { readAll } from '../fixtures/connector/read-all.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'
import { until } from '../fixtures/until.ts'
import { pipelineText } from './pipeline-text.ts'
import { digitsFile, fogline, killableFogline, startUp } from './processes.ts'

const DIGITS = 1000
const TIME_MAX_MS = 240_000

const server = kafkaServer()

testDeadLetters('embedded broker', async (folder) => `embedded:${join(folder, 'data')}`)
testDeadLetters('Kafka', async () => `kafka://${await server()}`)

function testDeadLetters(kind: string, addressIn: (folder: string) => Promise<string>): void {
  const needs = kind === 'Kafka' ? needsKafka() : {}
  describe(`dead letters on ${kind}`, { ...needs, timeout: TIME_MAX_MS }, () => {
    it('are looked at, dropped, and sent again once what was wrong is mended', async () => {
      await using ground = await makeGround(addressIn)
      await ground.produceDigits(1)
      await ground.misread(true)
      await using broken = await startUp(ground.folder, 0)
      await until(async () => (await lagAt(broken.url)).deadLetters === DIGITS)
      const dlq = (...args: readonly string[]) => ground.run('dlq', ...args, '--url', broken.url)

      const list = await dlq('list', 'edge', '--limit', '3')
      assert.match(list.stdout, /^letter +died +id +retries +code +error\n/)
      assert.match(list.stdout, /ERR_TENSOR +Cannot .*784 bytes/)
      assert.match(list.stdout, /\n3 of 1000\n$/)
      const [first, second] = (await lettersAt(broken.url)).map(({ letter }) => letter)
      assert.ok(first && second)
      const shown = await dlq('show', 'edge', first)
      assert.match(shown.stdout, /origin +\S+-edge-input\/\d\/\d+\n/)
      assert.match(shown.stdout, /\nvalue, 784 bytes\n {2}0000/)

      assert.equal((await dlq('drop', 'edge', first)).stdout, 'dropped 1 dead letter\n')
      const again = await dlq('drop', 'edge', first)
      assert.deepEqual([again.code, again.stdout], [1, 'dropped 0 dead letters\n'])
      assert.match(again.stderr, /^fogline: Cannot find dead letters \d\/\d+: .*handled before\n$/)
      // Sent again to what still misreads it, it comes back, and says how often it was sent.
      assert.equal((await dlq('retry', 'edge', second)).stdout, 'sent 1 dead letter again\n')
      await until(async () => (await lettersAt(broken.url)).some(({ retries }) => retries === 1))
      assert.equal(await broken.end('SIGTERM'), 0)

      await ground.misread(false)
      await using mended = await startUp(ground.folder, 0)
      const retry = await ground.run('dlq', 'retry', 'edge', '--all', '--url', mended.url)
      assert.equal(retry.stdout, `sent ${DIGITS - 1} dead letters again\n`)
      await until(async () => (await lagAt(mended.url)).total === 0)
      assert.deepEqual(await lettersAt(mended.url), [])
      assert.equal(await mended.end('SIGTERM'), 0)
      assert.equal((await ground.answers()).identities, DIGITS - 1)
    })

    it('are answered once each, though who sends them again is killed time and again', async () => {
      await using ground = await makeGround(addressIn)
      await ground.produceDigits(3)
      await ground.misread(true)
      await using broken = await startUp(ground.folder, 0)
      await until(async () => (await lagAt(broken.url)).deadLetters === 3 * DIGITS)
      assert.equal(await broken.end('SIGTERM'), 0)
      await ground.misread(false)

      const retrying = kind === 'Kafka' ? killTheCommand : killTheDoor
      for (let kill = 0; kill < 2; kill++) await retrying(ground)
      await using up = await startUp(ground.folder, 0)
      assert.equal((await ground.run('dlq', 'retry', 'edge', '--all', '--url', up.url)).code, 0)
      await until(async () => {
        const { total, deadLetters } = await lagAt(up.url)
        return total === 0 && deadLetters === 0
      })
      assert.equal(await up.end('SIGTERM'), 0)
      assert.deepEqual(await ground.answers(), { records: 3 * DIGITS, identities: 3 * DIGITS })
    })
  })
}

/** The door has the broker open and does the work: `up` dies with it in mid-retry. */
async function killTheDoor({ folder, run }: Ground): Promise<void> {
  await using up = await startUp(folder, 0)
  const before = await lagAt(up.url)
  const retried = run('dlq', 'retry', 'edge', '--all', '--url', up.url)
  await until(async () => (await lagAt(up.url)).deadLetters < before.deadLetters)
  await up.end('SIGKILL')
  await retried
}

/** The command goes to the cluster itself, and dies in mid-retry. */
async function killTheCommand({ folder }: Ground): Promise<void> {
  await using up = await startUp(folder, 0)
  const before = await lagAt(up.url)
  const args = ['dlq', 'retry', 'edge', '--all', '--pipeline', 'fogline.yaml']
  const command = killableFogline(args, folder)
  await until(async () => (await lagAt(up.url)).deadLetters < before.deadLetters)
  await command.kill()
  await until(async () => (await lagAt(up.url)).total === 0)
  assert.equal(await up.end('SIGTERM'), 0)
}

type Ground = Awaited<ReturnType<typeof makeGround>>

/** A folder with the digits example on one broker, under a name that no other test uses. */
async function makeGround(addressIn: (folder: string) => Promise<string>) {
  const folder = await mkdtemp(join(tmpdir(), 'fogline-dlq-'))
  assert.equal((await fogline(['init'], folder)).code, 0)
  const name = folder.slice(folder.lastIndexOf('fogline-')).toLowerCase()
  const address = await addressIn(folder)
  const onBroker = async <T>(use: (broker: Broker) => Promise<T>): Promise<T> => {
    const broker = await openBroker(address)
    return use(broker).finally(() => broker.close())
  }
  return {
    folder,
    run: (...args: readonly string[]) => fogline(args, folder),
    /** Writes the pipeline file; an edge that takes bytes for floats can read no digit. */
    misread: (isMisread: boolean) =>
      writeFile(
        join(folder, 'fogline.yaml'),
        pipelineText({ name, address, datatype: isMisread ? 'FP32' : 'UINT8' }),
      ),
    produceDigits: (times: number) =>
      onBroker((broker) => produceDigits(broker, { topic: `${name}-edge-input`, times })),
    /** What lies in the output topic: records, and how many of them are no duplicates. */
    answers: () =>
      onBroker(async (broker) => {
        const records = await readAll(broker, `${name}-output`)
        const identities = new Set(records.map((record) => identityOf(provenanceOf(record))))
        return { records: records.length, identities: identities.size }
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Digits as a device would write them that knows nothing of Fogline: bytes, no headers. */
async function produceDigits(
  broker: Broker,
  { topic, times }: { readonly topic: string; readonly times: number },
): Promise<void> {
  await broker.ensure([{ name: topic, partitions: 4 }])
  const digits = await readFile(digitsFile('digits.u8'))
  for (let time = 0; time < times; time++) {
    const records = Array.from({ length: DIGITS }, (_, index) => ({
      topic,
      value: digits.subarray(index * 784, (index + 1) * 784),
      headers: [],
    }))
    await broker.produce(records)
  }
}

async function lettersAt(url: string) {
  const door = openDoor(url)
  const signal = AbortSignal.timeout(TIME_MAX_MS)
  const page = door.deadLetters.list('edge', { limit: 1000 }, signal)
  return (await page.finally(() => door.close())).letters
}

/** What waits for the edge, and for all tiers together; NaN where the broker does not say. */
async function lagAt(url: string) {
  const door = openDoor(url)
  const tiers = await door.lag(AbortSignal.timeout(TIME_MAX_MS)).finally(() => door.close())
  const total = tiers.reduce((sum, { lag }) => sum + (lag ?? Number.NaN), 0)
  return { deadLetters: tiers[0]?.deadLetters ?? Number.NaN, total }
}
