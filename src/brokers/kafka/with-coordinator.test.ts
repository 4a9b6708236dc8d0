import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ProtocolError } from '@platformatic/kafka'
import { withCoordinator } from './with-coordinator.ts'

const patience = {
  delay: async () => {},
  random: () => 0.5,
  signal: new AbortController().signal,
}

function failing(times: number, apiId: string) {
  let calls = 0
  return async () => {
    if (++calls <= times) throw new ProtocolError(apiId)
    return calls
  }
}

for (const apiId of ['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR']) {
  it(`withCoordinator() asks again while the cluster says ${apiId}`, async () => {
    assert.equal(await withCoordinator(patience, failing(5, apiId)), 6)
    await assert.rejects(withCoordinator(patience, failing(20, apiId)))
  })
}

it('withCoordinator() asks only once where it is refused', async () => {
  const ask = failing(1, 'GROUP_AUTHORIZATION_FAILED')
  await assert.rejects(withCoordinator(patience, ask))
  assert.equal(await ask(), 2)
})
