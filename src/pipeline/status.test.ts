import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tierCounters } from '../connector/tier-stats.ts'
import type { Broker } from '../core/broker.ts'
import { FoglineError } from '../std/errors.ts'
import { parsePipeline } from './parse-pipeline.ts'
import { statusOf } from './status.ts'

const pipeline = parsePipeline('name: p\ntiers: [edge.keras]', { file: 'f.yaml', folder: '/' })

/** Asks for the status where the broker answers so. */
function asking(lag: Broker['lag']) {
  const broker = { lag } as Broker
  return statusOf(pipeline, {
    brokers: { get: () => broker, isReady: () => true },
    connectors: new Map([
      [
        'edge',
        { ready: Promise.resolve(), stats: tierCounters().stats, close: () => Promise.resolve() },
      ],
    ]),
    lagWaitMs: 5,
    platform: {
      list: async () => [
        { name: 'p-edge', url: 'http://x', replicas: 1, availableReplicas: 1, coldStarts: 0 },
      ],
    },
  })
}

describe('statusOf()', () => {
  it('has the lag of each tier', async () => {
    const status = asking(async (topic, group) => {
      assert.deepEqual([topic, group], ['edge-input', 'p-edge'])
      return 7
    })
    const [edge] = await status()
    assert.deepEqual([edge?.tier, edge?.lag, edge?.replicas], ['edge', 7, 1])
  })

  it('has no lag where the broker is away, and has it again later', async () => {
    let isAway = true
    const status = asking(async () => {
      if (isAway) throw new FoglineError('Cannot ask for lag', { code: 'ERR_UNAVAILABLE' })
      return 3
    })
    assert.equal((await status())[0]?.lag, undefined)
    isAway = false
    assert.equal((await status())[0]?.lag, 3)
  })

  it('does not wait for a broker that does not answer, nor ask it a second time meanwhile', async () => {
    const answer = Promise.withResolvers<number>()
    let asked = 0
    const status = asking(() => {
      asked++
      return answer.promise
    })
    assert.equal((await status())[0]?.lag, undefined)
    answer.resolve(5)
    assert.equal((await status())[0]?.lag, 5)
    assert.equal(asked, 1)
  })
})
