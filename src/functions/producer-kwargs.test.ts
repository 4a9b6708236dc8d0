import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { messageOf } from '../std/errors.ts'
import { producerConfig } from './producer-kwargs.ts'

const SASL = { sasl_mechanism: 'PLAIN', sasl_plain_username: 'u', sasl_plain_password: 'tiger' }

describe('producerConfig()', () => {
  for (const [what, kwargs, servers] of [
    ['a list', { bootstrap_servers: ['a:1', 'b:2'] }, ['a:1', 'b:2']],
    ['a text', { bootstrap_servers: 'a:1,b' }, ['a:1', 'b:9092']],
    ['nothing', { acks: 0, retries: 0, linger_ms: 5, client_id: 'x' }, ['localhost:9092']],
  ] as const) {
    it(`finds the servers in ${what}`, () => {
      const config = producerConfig(JSON.stringify(kwargs))
      assert.deepEqual(config.servers, servers)
      assert.equal(config.compression, 'none')
      assert.equal(config.tls, undefined)
      assert.equal(config.sasl, undefined)
    })
  }

  it('takes compression, TLS and SASL', async () => {
    const kwargs = { ...SASL, security_protocol: 'SASL_SSL', compression_type: 'lz4' }
    const { compression, tls, sasl } = producerConfig(JSON.stringify(kwargs))
    assert.equal(compression, 'lz4')
    assert.deepEqual(tls, {})
    assert.ok(sasl?.mechanism === 'PLAIN')
    assert.equal(sasl.username, 'u')
    assert.equal(await sasl.password(), 'tiger')
  })

  it('needs no SASL where the protocol has none', () => {
    assert.equal(
      producerConfig(JSON.stringify({ ...SASL, security_protocol: 'SSL' })).sasl,
      undefined,
    )
  })

  for (const [kwargs, reason] of [
    [{ value_serializer: 'json' }, /"value_serializer" is not supported/],
    [{ ssl_check_hostname: false }, /"ssl_check_hostname" is not supported/],
    [{ transactional_id: 'x' }, /"transactional_id" is not supported/],
    [{ bootstrap_servers: 7 }, /"bootstrap_servers" is not a text/],
    [{ bootstrap_servers: 'a:1:2' }, /"a:1:2" is not HOST:PORT/],
    [{ compression_type: 'zip' }, /compression_type is "zip"/],
    [{ security_protocol: 'TLS' }, /security_protocol is "TLS"/],
    [{ ...SASL, security_protocol: 'SASL_SSL', sasl_mechanism: 'GSSAPI' }, /"GSSAPI"/],
    [{ ...SASL, security_protocol: 'SASL_SSL', sasl_plain_username: null }, /username/],
  ] as const) {
    it(`refuses ${JSON.stringify(kwargs)} without telling the password`, () => {
      assert.throws(
        () => producerConfig(JSON.stringify(kwargs)),
        (error) => {
          assert.match(messageOf(error), reason)
          return !messageOf(error).includes('tiger')
        },
      )
    })
  }
})
