import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { ScalingRule } from '../core/platform.ts'
import type { HttpAnswer } from '../std/http-client.ts'
import { noLog } from '../std/log.ts'
import { newLife } from './copy.ts'
import { newCounters } from './counters.ts'
import { FAAS_LIMITS } from './limits.ts'
import { ReplicaSet } from './replica-set.ts'

/** A copy in the test's hands: a server of this thread that answers when it is told to. */
class FakeCopy {
  readonly #life = newLife('edge')
  readonly #held: ServerResponse[] = []
  readonly #server = createServer((_request, response) => this.#held.push(response))
  readonly listening = this.#life.listening
  readonly ended = this.#life.ended
  asked: 'stop' | 'abandon' | undefined

  get held(): number {
    return this.#held.length
  }

  async listen(): Promise<void> {
    if (this.#server.listening) return
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const { port } = this.#server.address() as AddressInfo
    this.#life.heard({ kind: 'listening', port })
  }

  refuse(): void {
    this.#life.heard({ kind: 'failed', message: 'no model' })
    this.end()
  }

  answer(): void {
    this.#held.shift()?.end('done')
  }

  end(): void {
    this.#server.closeAllConnections()
    this.#server.close()
    this.#life.over('exit code 1')
  }

  stop(): void {
    this.asked = 'stop'
    this.end()
  }

  abandon(): void {
    this.asked = 'abandon'
  }
}

interface Rig {
  readonly set: ReplicaSet
  readonly copies: FakeCopy[]
  readonly counters: ReturnType<typeof newCounters>
  invoke(): Promise<HttpAnswer>
  pass(ms: number): void
}

const rule = { minReplicas: 0, maxReplicas: 2, targetConcurrency: 1, idleTimeoutMs: 20_000 }
const invocation = { method: 'POST', path: '/', headers: {}, body: new Uint8Array() } as const

async function withSet(scaling: Partial<ScalingRule>, use: (rig: Rig) => Promise<void>) {
  const copies: FakeCopy[] = []
  const counters = newCounters()
  let time = 1_000
  const set = new ReplicaSet({
    definition: {
      name: 'edge',
      entry: new URL('file:///edge.main.ts'),
      env: {},
      isolation: 'thread',
      timeoutMs: 200,
      scaling: { ...rule, ...scaling },
    },
    counters,
    limits: { ...FAAS_LIMITS, lingeringMax: 1, queueLengthMax: 2, killGraceMs: 0 },
    now: () => time,
    log: noLog,
    startCopy: () => {
      const copy = new FakeCopy()
      copies.push(copy)
      return copy
    },
  })
  const pass = (ms: number) => {
    time += ms
  }
  try {
    await use({ set, copies, counters, invoke: () => set.invoke(invocation), pass })
  } finally {
    for (const copy of copies) copy.end()
    await set.drain(0)
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

function text({ body }: HttpAnswer): string {
  return Buffer.from(body).toString()
}

describe('ReplicaSet', () => {
  it('starts a replica for an invocation, and counts and times the cold start', async () => {
    await withSet({}, async ({ set, copies, counters, invoke, pass }) => {
      const answer = invoke()
      assert.equal(set.replicas, 1)
      assert.equal(set.availableReplicas, 0)
      assert.equal(set.queued, 1)
      pass(90)
      await copies[0]?.listen()
      await until(() => copies[0]?.held === 1)
      copies[0]?.answer()
      assert.equal(text(await answer), 'done')
      assert.deepEqual(counters, { coldStarts: 1, coldStartMs: 90, crashes: 0, timeouts: 0 })
      const warm = invoke()
      await until(() => copies[0]?.held === 1)
      copies[0]?.answer()
      await warm
      assert.equal(counters.coldStarts, 1)
    })
  })

  it('starts another where all are busy, spreads the load, and refuses beyond the queue', async () => {
    await withSet({ minReplicas: 1 }, async ({ set, copies, invoke }) => {
      const started = set.start()
      await copies[0]?.listen()
      await started
      const answers = [invoke(), invoke()]
      assert.equal(set.replicas, 2)
      await copies[1]?.listen()
      await until(() => copies.every(({ held }) => held === 1))
      answers.push(invoke(), invoke())
      assert.equal(set.queued, 2)
      await assert.rejects(invoke(), { code: 'ERR_LIMIT' })
      assert.equal(copies.length, 2)
      for (const copy of [...copies, ...copies]) {
        await until(() => copy.held === 1)
        copy.answer()
      }
      assert.deepEqual((await Promise.all(answers)).map(text), Array(4).fill('done'))
    })
  })

  it('lets a replica go that idled long enough, and keeps one that did not', async () => {
    await withSet({ idleTimeoutMs: 1_000 }, async ({ set, copies, invoke, pass }) => {
      const work = async (count: number) => {
        const answers = Array.from({ length: count }, invoke)
        await Promise.all(copies.filter(({ asked }) => !asked).map((copy) => copy.listen()))
        await until(() => copies.reduce((sum, { held }) => sum + held, 0) === count)
        for (const copy of copies) copy.answer()
        await Promise.all(answers)
      }
      await work(2)
      assert.equal(set.availableReplicas, 2)
      pass(999)
      await work(1)
      assert.equal(set.availableReplicas, 2)
      pass(1)
      await work(1)
      assert.equal(set.availableReplicas, 1)
      assert.deepEqual(
        copies.map(({ asked }) => asked),
        [undefined, 'stop'],
      )
    })
  })

  it('scales to what it is told, and starts the least again with an invocation', async () => {
    await withSet({ minReplicas: 1 }, async ({ set, copies, invoke }) => {
      const scaled = set.scale(2)
      for (const copy of copies) await copy.listen()
      await scaled
      assert.equal(set.availableReplicas, 2)
      await set.scale(0)
      assert.equal(set.replicas, 0)
      assert.deepEqual(
        copies.map(({ asked }) => asked),
        ['stop', 'stop'],
      )
      void invoke().catch(() => {})
      assert.equal(set.replicas, 1)
    })
  })

  it('tells all who wait why no replica starts, and does not start another at once', async () => {
    await withSet({}, async ({ copies, invoke, pass }) => {
      const answers = [invoke(), invoke()]
      const reason = /^Cannot invoke "edge": Cannot start function "edge": no model$/
      for (const copy of copies) copy.refuse()
      for (const answer of answers) {
        await assert.rejects(answer, { code: 'ERR_UNAVAILABLE', message: reason })
      }
      await assert.rejects(invoke(), { code: 'ERR_UNAVAILABLE', message: reason })
      assert.equal(copies.length, 2)
      pass(60_000)
      const later = invoke()
      await copies[2]?.listen()
      await until(() => copies[2]?.held === 1)
      copies[2]?.answer()
      await later
    })
  })

  it('takes a replica out that timed out; with too many of those it starts no other', async () => {
    await withSet({}, async ({ set, copies, counters, invoke }) => {
      const late = invoke()
      await copies[0]?.listen()
      await assert.rejects(late, { code: 'ERR_TIMEOUT' })
      assert.equal(copies[0]?.asked, 'abandon')
      assert.equal(counters.timeouts, 1)
      assert.equal(set.lingering, 1)
      const message = 'Cannot invoke "edge": too many replicas that were given up still run (1)'
      await assert.rejects(invoke(), { code: 'ERR_UNAVAILABLE', message })
      copies[0]?.end()
      await turn()
      assert.equal(set.lingering, 0)
      const next = invoke()
      await copies[1]?.listen()
      await until(() => copies[1]?.held === 1)
      copies[1]?.answer()
      await next
    })
  })

  it('replaces a replica that ended by itself, not at once where it had done nothing', async () => {
    await withSet({ minReplicas: 1 }, async ({ set, copies, counters, invoke }) => {
      const started = set.start()
      await copies[0]?.listen()
      await started
      copies[0]?.end()
      await turn()
      assert.equal(counters.crashes, 1)
      assert.equal(set.replicas, 0)
      const message = 'Cannot invoke "edge": its replica ended at once (exit code 1)'
      await assert.rejects(invoke(), { code: 'ERR_UNAVAILABLE', message })
    })
  })
})
