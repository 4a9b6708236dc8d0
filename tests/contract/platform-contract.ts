import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FunctionSpec, FunctionStatus, Platform } from '../../src/core/platform.ts'
import { until } from '../fixtures/until.ts'

/** A platform under test. */
export interface PlatformUnderTest {
  readonly platform: Platform
  /** A function that starts and answers 200 to `GET /`; its environment may name `MARK`. */
  readonly spec: FunctionSpec
  /** The same with a program that fails to start. */
  readonly failing: FunctionSpec
  /** The value of MARK that the replica behind a deployed function was started with. */
  mark(status: FunctionStatus): Promise<string | undefined>
}

/** What every platform holds; `run` gives each test a platform without functions. */
export function platformContract(
  name: string,
  run: (test: (platform: PlatformUnderTest) => Promise<void>) => Promise<void>,
): void {
  describe(`the Platform port on ${name}`, () => {
    it('deploys a function that can then be invoked, and lists it', () =>
      run(async ({ platform, spec, mark }) => {
        const status = await platform.deploy({ ...spec, env: { MARK: 'one' } })
        assert.equal(status.name, spec.name)
        assert.equal(status.availableReplicas, 1)
        assert.ok(status.replicas >= status.availableReplicas)
        assert.match(status.url, /^https?:\/\/.+[^/]$/)
        assert.equal(await mark(status), 'one')
        assert.deepEqual(await platform.list(), [status])
      }))

    it('deploys the same again without another replica', () =>
      run(async ({ platform, spec }) => {
        await platform.deploy(spec)
        const again = await platform.deploy(structuredClone(spec))
        assert.equal(again.replicas, 1)
        assert.equal((await platform.list()).length, 1)
      }))

    it('replaces what has changed', () =>
      run(async ({ platform, spec, mark }) => {
        const first = await platform.deploy({ ...spec, env: { MARK: 'one' } })
        assert.equal(await mark(first), 'one')
        const second = await platform.deploy({ ...spec, env: { MARK: 'two' } })
        assert.equal(second.url, first.url)
        await until(async () => (await mark(second)) === 'two')
      }))

    it('deploys a function of zero replicas, and starts one for an invocation', () =>
      run(async ({ platform, spec, mark }) => {
        const scaling = { ...spec.scaling, minReplicas: 0 }
        const status = await platform.deploy({ ...spec, scaling, env: { MARK: 'cold' } })
        assert.equal(status.replicas, 0)
        assert.equal(status.coldStarts, 0)
        assert.equal(await mark(status), 'cold')
        const [now] = await platform.list()
        assert.equal(now?.availableReplicas, 1)
        assert.equal(now?.coldStarts, 1)
        assert.ok((now?.coldStartMs ?? -1) >= 0)
      }))

    it('scales up and down to what it is told', () =>
      run(async ({ platform, spec }) => {
        const scaling = { ...spec.scaling, maxReplicas: 2 }
        await platform.deploy({ ...spec, scaling })
        for (const replicas of [2, 1, 0]) {
          await platform.scale(spec.name, replicas)
          await until(async () => (await platform.list())[0]?.availableReplicas === replicas)
        }
      }))

    it('refuses to scale beyond the rule, and what is not there', () =>
      run(async ({ platform, spec }) => {
        await platform.deploy(spec)
        const beyond = platform.scale(spec.name, spec.scaling.maxReplicas + 1)
        await assert.rejects(beyond, { code: 'ERR_ARGUMENT' })
        await assert.rejects(platform.scale('nobody', 1), { code: 'ERR_ARGUMENT' })
      }))

    it('says why a function does not start, and keeps what was deployed before', () =>
      run(async ({ platform, spec, failing, mark }) => {
        await assert.rejects(platform.deploy(failing), { code: 'ERR_FUNCTION' })
        const status = await platform.deploy({ ...spec, env: { MARK: 'good' } })
        const worse = { ...failing, name: spec.name }
        await assert.rejects(platform.deploy(worse), { code: 'ERR_FUNCTION' })
        assert.equal(await mark(status), 'good')
      }))

    it('refuses a name that is no DNS label', () =>
      run(async ({ platform, spec }) => {
        for (const bad of ['', 'Edge', 'a_b', '-a', 'a'.repeat(64)]) {
          await assert.rejects(platform.deploy({ ...spec, name: bad }), { code: 'ERR_CONFIG' })
        }
      }))

    it('removes a function; one that is not there is no error', () =>
      run(async ({ platform, spec }) => {
        await platform.deploy(spec)
        await platform.remove(spec.name)
        assert.deepEqual(await platform.list(), [])
        await platform.remove(spec.name)
      }))
  })
}
