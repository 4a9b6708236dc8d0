import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { RIG_TOPICS } from '../fixtures/connector/rig.ts'
import {
  drained,
  FAULT_RECORDS,
  GUARANTEES,
  judge,
  sceneBroker,
  sendSamples,
} from '../fixtures/faults/scene.ts'
import { kafkaServer, needsKafka } from '../fixtures/kafka.ts'

const WORKER = fileURLToPath(new URL('../fixtures/faults/worker.main.ts', import.meta.url))
const KILL_EVERY_MS = 2_000

/** Of a process that starts on two busy cores, and of its first batch. */
const START_MAX_MS = 30_000

const server = kafkaServer()

describe('a connector that is killed every two seconds', needsKafka(), () => {
  for (const guarantee of GUARANTEES) {
    it(`loses nothing, doubles no answer, and consumes again at once, ${guarantee}`, async (t) => {
      const prefix = randomUUID()
      const address = await server()
      const broker = await sceneBroker(address, prefix)
      await broker.ensure(RIG_TOPICS)
      const ended = new AbortController()
      const readyMs: number[] = []
      let worker: ChildProcess | undefined
      const killing = (async () => {
        while (!ended.signal.aborted) {
          const startMs = performance.now()
          worker = spawn(process.execPath, [WORKER, address, prefix, 'worker-0', guarantee], {
            stdio: ['ignore', 'pipe', 'inherit'],
          })
          const exited = once(worker, 'exit')
          const isReady = worker.stdout && once(worker.stdout, 'data')
          await Promise.race([isReady, sleep(START_MAX_MS, undefined, { ref: false })])
          readyMs.push(performance.now() - startMs)
          await sleep(KILL_EVERY_MS, undefined, { signal: ended.signal }).catch(() => {})
          worker.kill('SIGKILL')
          await exited
        }
      })()
      // Three kills at least, also where few records are asked for.
      await sendSamples(broker, { perSecond: FAULT_RECORDS / 10 })
      await drained(broker)
      ended.abort()
      await killing
      await judge(t, { broker, sent: FAULT_RECORDS, guarantee })
      t.diagnostic(`ready after ${readyMs.map((ms) => Math.round(ms)).join(', ')} ms`)
      assert.ok(readyMs.length >= 3, `${readyMs.length} starts`)
      await broker.close()
    })
  }
})
