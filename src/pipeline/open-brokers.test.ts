import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../../tests/fixtures/until.ts'
import type { Broker, TopicSpec } from '../core/broker.ts'
import { type ErrorCode, FoglineError } from '../std/errors.ts'
import type { Log } from '../std/log.ts'
import { openBrokers } from './open-brokers.ts'
import { parsePipeline } from './parse-pipeline.ts'

const pipeline = parsePipeline(
  `
brokers: { here: "embedded:/here", there: "embedded:/there" }
tiers:
  - { model: edge.keras, input: { broker: here } }
  - { model: cloud.keras, input: { broker: there } }
`,
  { file: 'fogline.yaml', folder: '/' },
)

/** Opens brokers that do nothing but what `ensure` says. */
async function opened(ensure: (key: string, topics: readonly TopicSpec[]) => Promise<void>) {
  const stack = new AsyncDisposableStack()
  const lines: string[] = []
  const closed: string[] = []
  const waits: number[] = []
  const log: Log = (level, message, fields) => lines.push(`${level} ${message} ${fields?.broker}`)
  const open = async (key: unknown) => {
    const name = String(key)
    const broker: Pick<Broker, 'ensure' | 'close'> = {
      ensure: (topics) => ensure(name, topics),
      close: async () => {
        closed.push(name)
      },
    }
    return broker as Broker
  }
  const brokers = openBrokers(pipeline, {
    log,
    now: () => 0,
    stack,
    open,
    random: () => 1,
    delay: async (delayMs) => {
      waits.push(delayMs)
    },
    ensureWaitMs: 5,
  })
  return { brokers, stack, lines, closed, waits }
}

const failing = (code: ErrorCode) => new FoglineError('Cannot create topics', { code })

describe('openBrokers()', () => {
  it('gives each broker once its topics are there', async () => {
    const created = new Map<string, readonly string[]>()
    const { brokers, stack, closed } = await opened(async (key, topics) => {
      created.set(
        key,
        topics.map(({ name }) => name),
      )
    })
    const both = await brokers
    assert.deepEqual(created.get('embedded:/here'), ['edge-input', 'edge-input.dlq', 'edge-output'])
    assert.equal(created.get('embedded:/there')?.includes('cloud-input'), true)
    assert.deepEqual(
      [both.isReady('embedded:/here'), both.isReady('embedded:/there')],
      [true, true],
    )
    assert.throws(() => both.get('memory:'), { code: 'ERR_BROKER' })
    await stack.disposeAsync()
    assert.deepEqual(closed, ['embedded:/there', 'embedded:/here'])
  })

  it('asks a broker that is away again and again, and says when it is there', async () => {
    let failures = 0
    const { brokers, lines, waits } = await opened(async (key) => {
      if (key === 'embedded:/there' && failures++ < 3) throw failing('ERR_UNAVAILABLE')
    })
    const both = await brokers
    assert.equal(both.isReady('embedded:/here'), true)
    await until(() => both.isReady('embedded:/there'))
    assert.deepEqual(waits, [200, 400, 800])
    assert.deepEqual(lines, [
      'warn Cannot use broker: trying again embedded:/there',
      'info Broker is there embedded:/there',
    ])
  })

  it('does not wait for a broker that does not answer', async () => {
    const answer = Promise.withResolvers<void>()
    const { brokers } = await opened((key) =>
      key === 'embedded:/there' ? answer.promise : Promise.resolve(),
    )
    const both = await brokers
    assert.equal(both.isReady('embedded:/there'), false)
    answer.resolve()
    await until(() => both.isReady('embedded:/there'))
  })

  for (const code of ['ERR_BROKER', 'ERR_CONFIG'] as const) {
    it(`throws ${code}: no waiting mends that`, async () => {
      const { brokers } = await opened(async (key) => {
        if (key === 'embedded:/there') throw failing(code)
      })
      await assert.rejects(brokers, { code })
    })
  }

  it('stops asking where the pipeline closes', async () => {
    let asked = 0
    const { brokers, stack } = await opened(async (key) => {
      if (key !== 'embedded:/there') return
      if (++asked === 3) await stack.disposeAsync()
      throw failing('ERR_UNAVAILABLE')
    })
    await brokers
    await until(() => stack.disposed)
    const before = asked
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([before, asked], [3, 3])
  })
})
