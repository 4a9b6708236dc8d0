import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka } from '../../tools/kafka/cluster.ts'
import { RIG_TOPICS } from '../fixtures/connector/rig.ts'
import { beforeAnswer, beforeRequest } from '../fixtures/cut-triggers.ts'
import {
  drained,
  FAULT_RECORDS,
  judge,
  sceneBroker,
  sendSamples,
  startWorker,
} from '../fixtures/faults/scene.ts'
import { needsOwnKafka } from '../fixtures/kafka.ts'
import { startKafkaBehindProxy } from '../fixtures/kafka-behind-proxy.ts'

const PRODUCE = 0
const OFFSET_COMMIT = 8

/** How long the cluster above is away; a minute where `npm run test:faults` asks for it. */
const AWAY_MS = Number(process.env.FOGLINE_FAULT_AWAY_MS ?? 5_000)

describe('a cluster that fails', needsOwnKafka(), () => {
  it('killed and started again under way, loses and doubles nothing', async (t) => {
    const cluster = await startKafka()
    t.after(() => cluster.close())
    const address = cluster.servers().join()
    const broker = await sceneBroker(address, 'fault')
    await broker.ensure(RIG_TOPICS)
    const own = await sceneBroker(address, 'fault')
    const connector = startWorker({ broker: own, member: 'worker-0' })
    let restarted: Promise<number> | undefined
    await sendSamples(broker, {
      perSecond: FAULT_RECORDS / 4,
      onChunk: (sent) => {
        if (restarted || sent < FAULT_RECORDS / 3) return
        const startMs = performance.now()
        restarted = cluster
          .stopBroker(1, 'SIGKILL')
          .then(() => cluster.startBroker(1))
          .then(() => performance.now() - startMs)
      },
    })
    const awayMs = await restarted
    const backMs = performance.now()
    await drained(broker)
    t.diagnostic(
      `away ${Math.round(awayMs ?? 0)} ms, drained ${Math.round(performance.now() - backMs)} ms after all was sent`,
    )
    await connector.close()
    await judge(t, { broker, sent: FAULT_RECORDS })
    await Promise.all([own.close(), broker.close()])
  })

  it('reset in mid-produce and in mid-commit, loses and doubles nothing', async (t) => {
    const behind = await startKafkaBehindProxy()
    t.after(() => behind.close())
    const broker = await sceneBroker(behind.directServer, 'fault')
    await broker.ensure(RIG_TOPICS)
    const own = await sceneBroker(behind.server, 'fault')
    const connector = startWorker({ broker: own, member: 'worker-0' })
    await connector.ready
    const triggers = [
      beforeAnswer(PRODUCE),
      beforeAnswer(OFFSET_COMMIT),
      beforeRequest(PRODUCE),
      beforeRequest(OFFSET_COMMIT),
    ]
    const cuts: Promise<void>[] = []
    await sendSamples(broker, {
      perSecond: FAULT_RECORDS / 6,
      onChunk: (sent) => {
        const trigger = triggers[Math.floor((5 * sent) / FAULT_RECORDS)]
        if (!trigger || cuts.length > Math.floor((5 * sent) / FAULT_RECORDS)) return
        cuts.push(behind.proxy.cutWhen(trigger))
      },
    })
    await drained(broker)
    await Promise.all(cuts)
    assert.equal(cuts.length, triggers.length)
    await connector.close()
    await judge(t, { broker, sent: FAULT_RECORDS })
    await Promise.all([own.close(), broker.close()])
  })

  it('above, and away for a while, holds up forwards and nothing else', async (t) => {
    const [lower, upper] = await Promise.all([startKafka(), startKafka()])
    t.after(() => Promise.all([lower.close(), upper.close()]))
    const broker = await sceneBroker(lower.servers().join(), 'fault')
    const upperBroker = await sceneBroker(upper.servers().join(), 'fault')
    await Promise.all([broker.ensure(RIG_TOPICS), upperBroker.ensure(RIG_TOPICS)])
    const connector = startWorker({ broker, upperBroker, member: 'worker-0' })
    await connector.ready
    await upper.stopBroker(1, 'SIGKILL')
    const before = connector.stats()
    await sendSamples(broker, { perSecond: FAULT_RECORDS / (AWAY_MS / 1000) })
    await sleep(500)
    const during = connector.stats()
    const answered = Math.ceil(FAULT_RECORDS / 3)
    assert.equal(during.exits - before.exits, answered, 'exits while the upper cluster is away')
    assert.equal(during.forwards, 0)
    await upper.startBroker(1)
    const backMs = performance.now()
    await drained(broker)
    t.diagnostic(`drained ${Math.round(performance.now() - backMs)} ms after it was back`)
    await connector.close()
    await judge(t, { broker, upperBroker, sent: FAULT_RECORDS })
    await Promise.all([broker.close(), upperBroker.close()])
  })
})
