import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import type { Invocation, InvocationResult } from '../../src/connector/invoke.ts'
import { answerOf, failedBy, RIG_TOPICS, samplesOf } from '../fixtures/connector/rig.ts'
import {
  drained,
  FAULT_RECORDS,
  judge,
  sceneBroker,
  sendSamples,
  startWorker,
} from '../fixtures/faults/scene.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'

const server = kafkaServer()

/** One record in a hundred of each kind. */
const POISON: readonly (readonly [
  rest: number,
  (number: number) => Uint8Array | readonly [number, number],
])[] = [
  // Too short, too long, nothing at all, NaN.
  [1, () => new Uint8Array(3)],
  [2, () => new Uint8Array(800)],
  [3, () => new Uint8Array()],
  [4, () => [Number.NaN, 1]],
  // The function refuses it, fails on it, answers NaN.
  [5, (number) => [-number, 5]],
  [6, (number) => [-number, 6]],
  [7, (number) => [-number, 7]],
]

/** Fails as each kind of poison makes it fail. */
async function poisoned(invocation: Invocation): Promise<InvocationResult> {
  const samples = samplesOf(invocation.batch)
  const isMarked = (mark: number) => samples.some(([number, own]) => number < 0 && own === mark)
  if (isMarked(5)) return failedBy('records')
  if (isMarked(6)) return failedBy('function')
  const result = answerOf(invocation)
  if (!isMarked(7) || result.kind !== 'answered') return result
  const forwarded = samples.filter(([, sure]) => sure !== 1)
  const outputs = result.response.outputs.map((output) =>
    output.name === 'features'
      ? { ...output, data: Float32Array.from(forwarded, ([n, mark]) => (mark === 7 ? NaN : n)) }
      : output,
  )
  return { kind: 'answered', response: { ...result.response, outputs } }
}

describe('one record of poison in a hundred, of each kind', needsKafka(), () => {
  it('is a dead letter with reason and origin, and holds up no other', async (t) => {
    const prefix = randomUUID()
    const broker = await sceneBroker(await server(), prefix)
    await broker.ensure(RIG_TOPICS)
    const connector = startWorker({ broker, invoke: poisoned })
    const kinds = new Map(POISON)
    await sendSamples(broker, {
      perSecond: 100_000,
      value: (number) => kinds.get(number % 100)?.(number) ?? [number, number % 3 === 0 ? 1 : 0],
    })
    await drained(broker)
    await connector.close()
    const { deadLetters } = await judge(t, { broker, sent: FAULT_RECORDS })
    assert.equal(deadLetters, (FAULT_RECORDS / 100) * POISON.length)
    await broker.close()
  })
})
