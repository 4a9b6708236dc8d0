import assert from 'node:assert/strict'
import { it } from 'node:test'
import { messageOf } from '../../std/errors.ts'
import { kafkaServers } from './address.ts'

for (const [address, servers] of [
  ['kafka://localhost', ['localhost:9092']],
  ['kafka://a:1,b:65535', ['a:1', 'b:65535']],
  ['kafka://[2001:db8::7]:9093,[::1]', ['[2001:db8::7]:9093', '[::1]:9092']],
  ['kafka://fog-kafka.example.org:9092/', ['fog-kafka.example.org:9092']],
] as const) {
  it(`kafkaServers() of ${address} is ${servers.join(' ')}`, () => {
    assert.deepEqual(kafkaServers(address), servers)
  })
}

for (const address of [
  'kafka://',
  'kafka://a,',
  'kafka://a:0',
  'kafka://a:65536',
  'kafka://a b',
  'kafka://a/topic',
  'http://a',
]) {
  it(`kafkaServers() refuses ${address}`, () => {
    assert.throws(() => kafkaServers(address), { code: 'ERR_CONFIG' })
  })
}

it('credentials are refused and not repeated', () => {
  assert.throws(
    () => kafkaServers('kafka://me:secret@a:9092'),
    (error) => !messageOf(error).includes('secret') && messageOf(error).includes('sasl'),
  )
})
