import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixture } from '../fixtures/functions/definitions.ts'
import { withGate } from '../fixtures/gate.ts'
import { until } from '../fixtures/until.ts'
import { failureOf, replicaOf, withFaas } from './with-faas.ts'

for (const isolation of ['thread', 'process'] as const) {
  describe(`the embedded FaaS with a ${isolation} a replica`, () => {
    it('starts a function from zero with an invocation, and stops it when idle', async () => {
      await withFaas(async ({ faas, call, metrics }) => {
        const scaling = { minReplicas: 0, idleTimeoutMs: 50 }
        await faas.deploy(fixture('echo', { isolation, scaling }))
        assert.equal(metrics().replicas, 0)
        const first = await replicaOf(call())
        assert.equal(metrics().coldStarts, 1)
        assert.ok((metrics().coldStartMs ?? 0) > 0)
        await until(() => metrics().replicas === 0)
        assert.notEqual(await replicaOf(call()), first)
        assert.equal(metrics().coldStarts, 2)
        assert.equal(metrics().crashes, 0)
      })
    })

    it('gives a function the environment that it was deployed with, and no other', async () => {
      await withFaas(async ({ faas, call }) => {
        await faas.deploy(fixture('echo', { isolation, env: { FOGLINE_NAME: 'edge' } }))
        const { env } = await (await call()).json()
        assert.equal(env.FOGLINE_NAME, 'edge')
        const foreign = Object.keys(env).filter((name) => !/^(FOGLINE_|NODE_CHANNEL_)/.test(name))
        assert.deepEqual(foreign, [])
      })
    })

    it('fails only what a crashed replica worked on, and replaces it', async () => {
      await withFaas(async ({ faas, call, metrics }) => {
        const scaling = { minReplicas: 2, maxReplicas: 2 }
        await faas.deploy(fixture('echo', { isolation, scaling }))
        await until(() => metrics().availableReplicas === 2)
        await withGate(async (gate) => {
          const held = call({ 'x-wait-for': gate.url })
          await until(() => gate.waiting === 1)
          const crashed = await failureOf(call({ 'x-crash': '1' }))
          const error = 'Cannot invoke "echo": its replica ended while it worked on this'
          assert.deepEqual(crashed, { status: 500, error })
          assert.equal(metrics().crashes, 1)
          await replicaOf(call())
          gate.open()
          await replicaOf(held)
        })
      })
    })

    it('answers 500 where an answer breaks off', async () => {
      await withFaas(async ({ faas, call }) => {
        await faas.deploy(fixture('echo', { isolation }))
        const { status, error } = await failureOf(call({ 'x-break': '1' }))
        assert.equal(status, 500)
        assert.equal(error, 'Cannot invoke "echo": its answer broke off')
        await replicaOf(call())
      })
    })

    it('answers 504 for an invocation past its time, and goes on with another replica', async () => {
      await withFaas(async ({ faas, call, metrics }) => {
        await faas.deploy(fixture('echo', { isolation, timeoutMs: 300 }))
        const first = await replicaOf(call())
        const { status, error } = await failureOf(call({ 'x-spin-ms': '1500' }))
        assert.equal(status, 504)
        assert.equal(error, 'Cannot invoke "echo": it did not answer within 300 ms')
        assert.equal(metrics().timeouts, 1)
        assert.equal(metrics().lingeringReplicas, 1)
        assert.notEqual(await replicaOf(call()), first)
        await until(() => metrics().lingeringReplicas === 0)
        assert.equal(metrics().crashes, 0)
      })
    })

    for (const [how, reason] of [
      ['announced', /^Cannot start function "fails": Cannot load model "x.keras"$/],
      ['thrown', /it ended before it was listening \(.*no such planet\)$/],
      ['silent', /it ended before it was listening \(exit code 4\)$/],
      ['stuck', /it was not listening within 1000 ms$/],
    ] as const) {
      it(`says why a function does not start: ${how}`, async () => {
        await withFaas(
          async ({ faas }) => {
            const deployed = faas.deploy(fixture('fails', { isolation, env: { HOW: how } }))
            await assert.rejects(deployed, { message: reason })
            assert.deepEqual(faas.list(), [])
          },
          { startTimeoutMs: 1_000, drainTimeoutMs: 100, killGraceMs: 50 },
        )
      })
    }

    it('answers what is in flight and in the queue before a function is removed', async () => {
      await withFaas(async ({ faas, call, metrics }) => {
        await faas.deploy(fixture('echo', { isolation }))
        await withGate(async (gate) => {
          const held = call({ 'x-wait-for': gate.url })
          await until(() => gate.waiting === 1)
          const queued = call()
          await until(() => metrics().queued === 1)
          const removed = faas.remove('echo')
          await until(() => faas.list().length === 0)
          assert.equal((await failureOf(call())).status, 404)
          gate.open()
          assert.equal(await replicaOf(held), await replicaOf(queued))
          await removed
        })
      })
    })
  })
}
