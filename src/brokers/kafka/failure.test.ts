import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MultipleErrors, NetworkError, ProtocolError, UserError } from '@platformatic/kafka'
import { FoglineError, messageOf } from '../../std/errors.ts'
import { failure } from './failure.ts'

function socketError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:9092`), { code })
}

const away = new NetworkError('Connection to 127.0.0.1:9092 failed.', {
  cause: socketError('ECONNREFUSED'),
})

for (const [what, error, code, text] of [
  ['nobody there', away, 'ERR_UNAVAILABLE', /^Cannot do it: Connection to .* ECONNREFUSED/],
  [
    'a certificate that is not trusted',
    new NetworkError('Connection failed.', { cause: socketError('SELF_SIGNED_CERT_IN_CHAIN') }),
    'ERR_BROKER',
    /SELF_SIGNED/,
  ],
  ['a record too large', new ProtocolError('MESSAGE_TOO_LARGE'), 'ERR_LIMIT', /MESSAGE_TOO_LARGE/],
  [
    'what passes',
    new ProtocolError('NOT_ENOUGH_REPLICAS'),
    'ERR_UNAVAILABLE',
    /NOT_ENOUGH_REPLICAS/,
  ],
  [
    'no right to it',
    new ProtocolError('TOPIC_AUTHORIZATION_FAILED'),
    'ERR_BROKER',
    /TOPIC_AUTHORIZATION_FAILED/,
  ],
  [
    'a refused token',
    new ProtocolError('ILLEGAL_SASL_STATE'),
    'ERR_BROKER',
    /SASL authentication failed/,
  ],
  [
    'attempts, of which the last but its closing tells',
    new MultipleErrors('produce failed 2 times.', [
      away,
      new UserError('Client closed while retrying produce.'),
    ]),
    'ERR_UNAVAILABLE',
    /ECONNREFUSED/,
  ],
  ['no error at all', 'text', 'ERR_BROKER', /text/],
] as const) {
  it(`failure() of ${what} is ${code}`, () => {
    const failed = failure('do it', error)
    assert.equal(failed.code, code)
    assert.match(messageOf(failed), text)
  })
}

it('failure() gives an error of ours as it is, wherever it lies', () => {
  const ours = new FoglineError('Cannot read secret', { code: 'ERR_CONFIG' })
  const wrapped = new NetworkError('Connection failed.', { cause: ours })
  assert.equal(failure('do it', wrapped), ours)
})
