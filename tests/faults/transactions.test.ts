import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RIG_TOPICS } from '../fixtures/connector/rig.ts'
import { beforeRequest } from '../fixtures/cut-triggers.ts'
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
import { until } from '../fixtures/until.ts'

const END_TXN = 26
const TXN_OFFSET_COMMIT = 28

const guarantee = 'exactly-once'
const member = 'worker-0'

describe('a transaction', needsOwnKafka(), () => {
  for (const [title, apiKey] of [
    ['after the outcomes were written', TXN_OFFSET_COMMIT],
    ['before it was committed', END_TXN],
  ] as const) {
    it(`that hangs, its worker cut off ${title}, is ended by the next of its name`, async (t) => {
      const behind = await startKafkaBehindProxy()
      t.after(() => behind.close())
      const broker = await sceneBroker(behind.directServer, 'fault')
      await broker.ensure(RIG_TOPICS)
      const own = await sceneBroker(behind.server, 'fault')
      const cutOff = startWorker({ broker: own, member, guarantee })
      await cutOff.ready
      const hanging = behind.proxy.cutWhen(beforeRequest(apiKey)).then(() => behind.proxy.refuse())
      await sendSamples(broker, { perSecond: FAULT_RECORDS / 2 })
      await hanging
      const other = await sceneBroker(behind.directServer, 'fault')
      const next = startWorker({ broker: other, member, guarantee })
      await drained(broker)
      await next.close()
      await judge(t, { broker, sent: FAULT_RECORDS, guarantee })
      await Promise.all([cutOff.close(), own.close(), other.close(), broker.close()])
    })
  }

  it('of a worker whose name another has taken is refused, and the other goes on', async (t) => {
    const behind = await startKafkaBehindProxy()
    t.after(() => behind.close())
    const server = behind.directServer
    const broker = await sceneBroker(server, 'fault')
    await broker.ensure(RIG_TOPICS)
    const [first, second] = [await sceneBroker(server, 'fault'), await sceneBroker(server, 'fault')]
    const refusals: unknown[] = []
    const zombie = startWorker({
      broker: first,
      member,
      guarantee,
      log: (_level, message, fields) => refusals.push(`${message} ${fields?.error}`),
    })
    await zombie.ready
    let next: ReturnType<typeof startWorker> | undefined
    await sendSamples(broker, {
      perSecond: FAULT_RECORDS / 4,
      onChunk: (sent) => {
        if (sent === Math.floor(FAULT_RECORDS / 2)) {
          next = startWorker({ broker: second, member, guarantee })
        }
      },
    })
    await until(() => refusals.some((one) => /another process|FENCED/.test(String(one))))
    await zombie.close()
    await drained(broker)
    assert.ok(next)
    await next.close()
    await judge(t, { broker, sent: FAULT_RECORDS, guarantee })
    await Promise.all([first.close(), second.close(), broker.close()])
  })
})
