import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openBroker } from '../../src/brokers/open.ts'
import { readAll } from '../fixtures/connector/read-all.ts'
import {
  answerOf,
  failedBy,
  headerOf,
  sampleRecord,
  samplesOf,
  startRig,
} from '../fixtures/connector/rig.ts'
import { until } from '../fixtures/until.ts'

const TOPICS = ['edge-input', 'edge-output', 'fog-input', 'edge-input.dlq'].map((name) => ({
  name,
  partitions: 4,
}))

describe('the connector on the embedded broker', () => {
  it('gives every record one outcome: exits, forwards and dead letters', async () => {
    const broker = await openBroker('memory:')
    await broker.ensure(TOPICS)
    const connector = startRig({
      broker,
      delay: async () => {},
      invoke: async (invocation) =>
        samplesOf(invocation.batch).some(([number]) => number % 100 === 42)
          ? failedBy('function')
          : answerOf(invocation),
    })
    const numbers = Array.from({ length: 3_000 }, (_, number) => number)
    for (let at = 0; at < numbers.length; at += 500) {
      const some = numbers.slice(at, at + 500)
      await broker.produce(
        some.map((number) => sampleRecord([number, number % 3], `k${number % 50}`)),
      )
    }
    await until(async () => (await broker.lag('edge-input', 'digits-edge')) === 0)
    await connector.close()
    const letters = await readAll(broker, 'edge-input.dlq')
    const answers = await readAll(broker, 'edge-output')
    const forwarded = await readAll(broker, 'fog-input')
    const all = [...letters, ...answers, ...forwarded]
    assert.equal(letters.length, 30)
    assert.equal(all.length, 3_000)
    assert.equal(new Set(all.map((record) => headerOf(record, 'fogline-id'))).size, 3_000)
    assert.deepEqual(connector.stats().exits, answers.length)
    await broker.close()
  })

  it('goes on, exactly once, where another one was torn from its broker', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fogline-connector-'))
    const count = 2_000
    let first = await openBroker(`embedded:${folder}`)
    await first.ensure(TOPICS)
    await first.produce(
      Array.from({ length: count }, (_, number) => sampleRecord([number, number % 2])),
    )
    for (let round = 1; ; round++) {
      const connector = startRig({ broker: first, limits: { invocationRecordsMax: 16 } })
      const left = Math.max(0, count - round * 600)
      await until(async () => (await first.lag('edge-input', 'digits-edge')) <= left)
      // The broker goes first, in the middle of everything, as it would with the process.
      await first.close()
      await connector.close()
      first = await openBroker(`embedded:${folder}`)
      if (left === 0) break
    }
    const all = [...(await readAll(first, 'edge-output')), ...(await readAll(first, 'fog-input'))]
    assert.equal(all.length, count)
    assert.equal(new Set(all.map((record) => headerOf(record, 'fogline-id'))).size, count)
    await first.close()
    await rm(folder, { recursive: true })
  })

  it('answers a record that comes again under its id once, and commits it', async () => {
    const broker = await openBroker('memory:')
    await broker.ensure(TOPICS)
    const connector = startRig({ broker })
    const twice = Array.from({ length: 200 }, (_, number) => ({
      ...sampleRecord([number, 1], `k${number % 7}`),
      headers: [['fogline-id', Buffer.from(`id-${number}`)] as const],
    }))
    await broker.produce([...twice, ...twice])
    await until(async () => (await broker.lag('edge-input', 'digits-edge')) === 0)
    await broker.produce(twice)
    await until(async () => (await broker.lag('edge-input', 'digits-edge')) === 0)
    await connector.close()
    assert.equal((await readAll(broker, 'edge-output')).length, 200)
    const { duplicates, exits, inFlight } = connector.stats()
    assert.deepEqual({ duplicates, exits, inFlight }, { duplicates: 400, exits: 200, inFlight: 0 })
    await broker.close()
  })

  it('keeps duplicates out of another broker by the identity of each sample', async () => {
    const broker = await openBroker('memory:')
    const upperBroker = await openBroker('memory:')
    await Promise.all([broker.ensure(TOPICS), upperBroker.ensure(TOPICS)])
    await broker.produce(Array.from({ length: 500 }, (_, number) => sampleRecord([number, 0])))
    for (const group of ['digits-edge', 'again']) {
      const connector = startRig({
        broker: { ...broker, subscribe: (o) => broker.subscribe({ ...o, group }) },
        outputBroker: broker,
        upperBroker,
      })
      await until(async () => (await broker.lag('edge-input', group)) === 0)
      await connector.close()
    }
    assert.equal((await readAll(upperBroker, 'fog-input')).length, 500)
    await Promise.all([broker.close(), upperBroker.close()])
  })
})
