import assert from 'node:assert/strict'
import { it } from 'node:test'
import { deadline, settlesWithin } from './deadline.ts'

const never = new Promise<never>(() => {})
const late = () => new Error('late')

it('deadline() settles as its promise does', async () => {
  assert.equal(await deadline(Promise.resolve(1), { timeoutMs: 60_000, error: late }), 1)
  const rejected = Promise.reject(new Error('no'))
  await assert.rejects(deadline(rejected, { timeoutMs: 60_000, error: late }), /^Error: no$/)
})

it('deadline() rejects once the time has passed', async () => {
  await assert.rejects(deadline(never, { timeoutMs: 1, error: late }), /^Error: late$/)
})

it('settlesWithin() says whether a promise settled in time, whichever way', async () => {
  assert.equal(await settlesWithin(Promise.resolve(), 60_000), true)
  assert.equal(await settlesWithin(Promise.reject(new Error('no')), 60_000), true)
  assert.equal(await settlesWithin(never, 1), false)
})
