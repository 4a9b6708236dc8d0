import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Turns } from './turns.ts'

it('Turns runs the work of one key in order, after failures too, and other keys at once', async () => {
  const turns = new Turns()
  const steps: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = turns.take('a', async () => {
    await gate.promise
    steps.push('first')
    throw new Error('no')
  })
  const second = turns.take('a', async () => steps.push('second'))
  await turns.take('b', async () => steps.push('other'))
  gate.resolve()
  await assert.rejects(first, /no/)
  await second
  assert.deepEqual(steps, ['other', 'first', 'second'])
})
