import { describe } from 'node:test'
import type { BrokerContract } from './broker-ground.ts'
import { testGroups } from './broker-groups.ts'
import { testReaders } from './broker-readers.ts'
import { testSettling } from './broker-settling.ts'
import { testTopics } from './broker-topics.ts'

/** The last moment for a test: an adapter that never answers must not hang the run. */
const TIMEOUT_MS = 60_000

/** The contract of the Broker port, as tests of the adapter called `name`. */
export function testBroker(name: string, contract: BrokerContract): void {
  describe(`${name} as a Broker`, { timeout: TIMEOUT_MS }, () => {
    describe('ensure() and produce()', () => testTopics(contract))
    describe('subscribe()', () => testGroups(contract))
    describe('settle()', () => testSettling(contract))
    describe('read(), lag() and close()', () => testReaders(contract))
  })
}
