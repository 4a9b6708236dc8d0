import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { MemoryBroker } from '../../tests/fixtures/connector/memory-broker.ts'
import {
  answerOf,
  failedBy,
  headerOf,
  sampleRecord,
  samplesOf,
  startRig,
} from '../../tests/fixtures/connector/rig.ts'
import { until } from '../../tests/fixtures/until.ts'
import type { NewRecord, ReceivedRecord } from '../core/broker.ts'
import { FoglineError } from '../std/errors.ts'
import type { Fault } from './after-failure.ts'
import type { Invoke } from './invoke.ts'

/** What a run meets: numbers are chances in 100, a call. */
interface Weather {
  readonly surroundings: number
  readonly unclear: number
  readonly brokenWrites: number
  readonly crashes: number
}

const KEYS = ['a', 'b', 'c', 'd', undefined]
const TOPICS = ['edge-output', 'fog-input', 'edge-input.dlq']

/** Samples whose number leaves this rest fail at the function, or are refused by it. */
const MODULUS = 37
const CRASHING = 5
const REFUSED = 11

it('gives every record one outcome, in the order of its key, and commits none before that', async () => {
  const weather = fc.record({
    surroundings: fc.nat(20),
    unclear: fc.nat(5),
    brokenWrites: fc.nat(30),
    crashes: fc.nat(3),
  })
  await fc.assert(
    fc.asyncProperty(weather, fc.integer(), fc.nat(250), async (chances, seed, count) => {
      await run(chances, { seed, count })
    }),
    { numRuns: 40 },
  )
})

async function run(weather: Weather, { seed, count }: { seed: number; count: number }) {
  const random = randomOf(seed)
  const happens = (chance: number) => random() * 100 < chance
  const broker = new MemoryBroker({ partitions: 2 })
  const upperBroker = new MemoryBroker({ partitions: 2 })
  const numbers = Array.from({ length: count }, (_, number) => number)
  const keyOf = numbers.map(() => KEYS[Math.floor(random() * KEYS.length)])
  for (const one of [broker, upperBroker]) {
    one.onWrite = () => {
      if (happens(weather.brokenWrites)) {
        throw new FoglineError('Cannot reach broker', { code: 'ERR_UNAVAILABLE' })
      }
    }
  }
  const invoke: Invoke = async (invocation) => {
    for (let turns = random() * 4; turns > 0; turns--) await nextTurn()
    const found = faultOf(samplesOf(invocation.batch).map(([number]) => number))
    if (found) return failedBy(found)
    if (happens(weather.surroundings)) return failedBy('surroundings')
    return happens(weather.unclear) ? failedBy('unclear') : answerOf(invocation)
  }
  const limits = { invocationRecordsMax: 8, invocationsPerPartitionMax: 3, batchRecordsMax: 16 }
  const start = () => startRig({ broker, upperBroker, invoke, limits, random })
  let connector = start()
  await connector.ready
  broker.append(numbers.map((number) => sampleRecord([number, number % 2], keyOf[number])))
  await until(async () => {
    checkCommits(broker, upperBroker)
    if (happens(weather.crashes)) {
      broker.cutOff()
      connector = start()
      await connector.ready
    }
    return (await broker.lag('edge-input')) === 0
  })
  await connector.close()
  checkOutcomes([...outcomesOf(broker), ...outcomesOf(upperBroker)], broker)
}

function faultOf(numbers: readonly number[]): Fault | undefined {
  if (numbers.some((number) => number % MODULUS === REFUSED)) return 'records'
  return numbers.some((number) => number % MODULUS === CRASHING) ? 'function' : undefined
}

/** Every offset that is committed, or finished ahead, has its outcome. */
function checkCommits(broker: MemoryBroker, upperBroker: MemoryBroker): void {
  const done = new Set([...outcomesOf(broker), ...outcomesOf(upperBroker)].map(idOf))
  for (const { partition, next, ahead = [] } of broker.commits.splice(0)) {
    for (const { start, end } of [{ start: 0, end: next }, ...ahead]) {
      for (let offset = start; offset < end; offset++) {
        assert.ok(done.has(`${partition}/${offset}`), `${partition}/${offset} has no outcome`)
      }
    }
  }
}

function outcomesOf(broker: MemoryBroker): readonly ReceivedRecord[] {
  return TOPICS.flatMap((topic) => broker.records(topic))
}

function idOf(record: ReceivedRecord | NewRecord): string {
  return headerOf(record as ReceivedRecord, 'fogline-id') ?? ''
}

function checkOutcomes(outcomes: readonly ReceivedRecord[], broker: MemoryBroker): void {
  const inputs = broker.records('edge-input')
  assert.deepEqual(
    outcomes.map(idOf).toSorted(),
    inputs.map(({ partition, offset }) => `${partition}/${offset}`).toSorted(),
  )
  const groups = Map.groupBy(outcomes, ({ topic, key }) => `${topic} ${key}`)
  for (const [name, group] of groups) {
    if (name.endsWith(' undefined')) continue
    const offsets = group.map((record) => Number(idOf(record).split('/')[1]))
    assert.deepEqual(
      offsets,
      offsets.toSorted((a, b) => a - b),
      name,
    )
  }
  const lettersExpected = inputs.filter((record) => {
    const number = new Float32Array(record.value.slice().buffer)[0] ?? NaN
    return faultOf([number]) !== undefined
  })
  assert.equal(broker.records('edge-input.dlq').length, lettersExpected.length)
}

/** Numbers in 0..1 that depend on nothing but the seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
