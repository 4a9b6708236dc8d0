import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openBroker } from './open.ts'

describe('openBroker()', () => {
  for (const address of ['', 'data', 'embedded:', 'memory:x', 'toString:', 'Embedded:./data']) {
    it(`refuses "${address}" and says what is allowed`, async () => {
      await assert.rejects(openBroker(address), {
        code: 'ERR_CONFIG',
        message: `Cannot open broker "${address}": not an address ("embedded:FOLDER" or "kafka://HOST:PORT,HOST:PORT" or "memory:")`,
      })
    })
  }

  it('gives a new empty broker in memory at each call', async () => {
    const [one, other] = [await openBroker('memory:'), await openBroker('memory:')]
    await one.ensure([{ name: 't', partitions: 1 }])
    await assert.rejects(other.lag('t', 'g'), { code: 'ERR_BROKER' })
    await Promise.all([one.close(), other.close()])
  })
})
