import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBroker } from '../../src/brokers/open.ts'
import { testBroker } from './broker-contract.ts'

const capabilities = { transactional: true, remembersOnce: true, remembersAhead: true }

testBroker('memory:', {
  capabilities: { ...capabilities, canReopen: false },
  create: async () => {
    const broker = await openBroker('memory:')
    return {
      broker,
      reopen: () => Promise.reject(new Error('what is in memory is gone')),
      dispose: () => broker.close(),
    }
  },
})

testBroker('embedded:FOLDER', {
  capabilities: { ...capabilities, canReopen: true },
  create: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fogline-broker-'))
    let broker = await openBroker(`embedded:${folder}`)
    return {
      broker,
      reopen: async () => {
        await broker.close()
        broker = await openBroker(`embedded:${folder}`)
        return broker
      },
      dispose: async () => {
        await broker.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
})
