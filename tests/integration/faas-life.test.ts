import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fixture } from '../fixtures/functions/definitions.ts'
import { withGate } from '../fixtures/gate.ts'
import { until } from '../fixtures/until.ts'
import { failureOf, replicaOf, withFaas } from './with-faas.ts'

describe('the life of a function in the embedded FaaS', () => {
  it('is deployed anew without dropping what is in flight', async () => {
    await withFaas(async ({ faas, call, metrics }) => {
      await faas.deploy(fixture('echo'))
      await withGate(async (gate) => {
        const held = call({ 'x-wait-for': gate.url })
        await until(() => gate.waiting === 1)
        const queued = call()
        await until(() => metrics().queued === 1)
        await faas.deploy(fixture('echo', { env: { NEW: '1' } }))
        const replica = await replicaOf(call())
        gate.open()
        const before = await replicaOf(held)
        assert.notEqual(before, replica)
        assert.equal(await replicaOf(queued), before)
        assert.equal(metrics().replicas, 1)
      })
    })
  })

  it('stays as it is where its next version does not start', async () => {
    await withFaas(async ({ faas, call }) => {
      await faas.deploy(fixture('echo'))
      const replica = await replicaOf(call())
      await assert.rejects(faas.deploy(fixture('echo', { env: { FAIL: '1' } })), /FAIL is set/)
      assert.equal(await replicaOf(call()), replica)
    })
  })

  it('ends when the caller in the queue goes, and only for that one', async () => {
    await withFaas(async ({ faas, call, metrics }) => {
      await faas.deploy(fixture('echo'))
      await withGate(async (gate) => {
        const held = call({ 'x-wait-for': gate.url })
        await until(() => gate.waiting === 1)
        const caller = new AbortController()
        const queued = call({}, { signal: caller.signal })
        await until(() => metrics().queued === 1)
        caller.abort()
        assert.equal((await failureOf(queued)).status, 400)
        assert.equal(metrics().queued, 0)
        gate.open()
        await replicaOf(held)
      })
    })
  })

  it('refuses what the queue has no room for, with a time to come back', async () => {
    await withFaas(
      async ({ faas, call, metrics }) => {
        await faas.deploy(fixture('echo'))
        await withGate(async (gate) => {
          const first = call({ 'x-wait-for': gate.url })
          await until(() => gate.waiting === 1)
          const second = call()
          await until(() => metrics().queued === 1)
          const third = await call()
          assert.equal(third.status, 429)
          assert.equal(third.headers.get('retry-after'), '1')
          gate.open()
          assert.equal(await replicaOf(first), await replicaOf(second))
        })
      },
      { queueLengthMax: 1 },
    )
  })

  it('is told as unavailable with its reason where it starts only for an invocation', async () => {
    await withFaas(async ({ faas, call }) => {
      const scaling = { minReplicas: 0 }
      await faas.deploy(fixture('echo', { scaling, env: { FAIL: '1' } }))
      const { status, error } = await failureOf(call())
      assert.equal(status, 503)
      assert.match(error, /Cannot start function "echo": .*FAIL is set/)
    })
  })

  it('ends within a bound when the FaaS is closed, whatever it is at', async () => {
    for (const isolation of ['thread', 'process'] as const) {
      const calls: Promise<Response>[] = []
      await withFaas(
        async ({ faas, call, metrics }) => {
          await faas.deploy(fixture('echo', { isolation }))
          calls.push(call({ 'x-spin-ms': '1000' }))
          await until(() => metrics().inFlight === 1)
        },
        { drainTimeoutMs: 10, killGraceMs: 10 },
      )
      for (const call of calls) assert.ok([200, 503].includes((await call).status))
    }
  })

  it('leaves no process behind when the program it runs in is killed', async () => {
    const host = fileURLToPath(new URL('../fixtures/functions/host.ts', import.meta.url))
    const program = spawn(process.execPath, [host], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(program.stdout, 'data')
    const replica = Number.parseInt(String(line), 10)
    assert.ok(isAlive(replica))
    program.kill('SIGKILL')
    await until(() => !isAlive(replica))
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
