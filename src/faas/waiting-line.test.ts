import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Invocation } from './invocation.ts'
import { FAAS_LIMITS } from './limits.ts'
import { WaitingLine } from './waiting-line.ts'

const invocation = { method: 'POST', path: '/', headers: {}, body: new Uint8Array(10) } as const

function newLine(limits: Partial<typeof FAAS_LIMITS> = {}) {
  const line = new WaitingLine('edge', { ...FAAS_LIMITS, ...limits })
  const add = (changes: Partial<Invocation> = {}) => {
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => {})
    const one = { ...invocation, ...changes }
    line.add({ invocation: one, take: () => {}, fail: failed.reject })
    return failed.promise
  }
  return { line, add }
}

it('WaitingLine serves first who came first', () => {
  const { line, add } = newLine()
  for (const path of ['/1', '/2']) void add({ path })
  assert.equal(line.shift()?.invocation.path, '/1')
  assert.equal(line.shift()?.invocation.path, '/2')
  assert.equal(line.shift(), undefined)
})

it('WaitingLine is bounded in number', () => {
  const { line, add } = newLine({ queueLengthMax: 2 })
  void add()
  void add()
  assert.throws(() => add(), { code: 'ERR_LIMIT', message: /2 invocations wait already$/ })
  line.shift()
  void add()
  assert.equal(line.length, 2)
  line.failAll('enough')
})

it('WaitingLine is bounded in bytes, but always takes one', () => {
  const { line, add } = newLine({ queueSizeBytesMax: 15 })
  void add({ body: new Uint8Array(100) })
  assert.throws(() => add(), { code: 'ERR_LIMIT' })
  line.shift()
  void add()
  assert.throws(() => add(), { code: 'ERR_LIMIT' })
  void add({ body: new Uint8Array(5) })
  line.failAll('enough')
})

it('WaitingLine lets go of who waited too long', async () => {
  const { line, add } = newLine({ queueWaitMsMax: 1 })
  await assert.rejects(add(), { code: 'ERR_UNAVAILABLE', message: /free within 1 ms$/ })
  assert.equal(line.length, 0)
})

it('WaitingLine lets go of whose caller has gone, before and while it waits', async () => {
  const { line, add } = newLine()
  await assert.rejects(add({ signal: AbortSignal.abort() }), /its caller has gone$/)
  const caller = new AbortController()
  const first = add({ signal: caller.signal, path: '/1' })
  void add({ path: '/2' })
  caller.abort()
  await assert.rejects(first, /its caller has gone$/)
  assert.equal(line.shift()?.invocation.path, '/2')
  assert.equal(line.length, 0)
})

it('WaitingLine.failAll() fails everyone for one reason', async () => {
  const { line, add } = newLine()
  const all = [add(), add()]
  line.failAll('no model')
  for (const one of all) {
    await assert.rejects(one, {
      message: 'Cannot invoke "edge": no model',
      code: 'ERR_UNAVAILABLE',
    })
  }
  assert.equal(line.length, 0)
})
