import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { TierStatus } from '../../pipeline/running.ts'
import { statusLine, statusTable } from './up.ts'

const away: TierStatus = {
  tier: 'fog',
  consuming: false,
  in: 4,
  exits: 3,
  forwards: 1,
  deadLetters: 0,
  duplicates: 0,
  invocations: 2,
  failedInvocations: 0,
  failedWrites: 0,
  inFlight: 0,
  lag: undefined,
  replicas: 1,
  availableReplicas: 1,
  coldStarts: 0,
}

it('statusTable() has a dash for the lag that a broker does not answer', () => {
  assert.equal(
    statusTable([{ ...away, tier: 'edge', lag: 12 }, away]),
    [
      'tier  in  exits  forwards  dead letters  lag  replicas  p50  p99\n',
      'edge   4      3         1             0   12         1  -    -\n',
      'fog    4      3         1             0    -         1  -    -\n',
    ].join(''),
  )
})

it('statusLine() has null for the lag that a broker does not answer', () => {
  const line = statusLine({ name: 'p', url: 'http://x' }, [away])
  const { name, url, tiers } = JSON.parse(line) as {
    name: string
    url: string
    tiers: TierStatus[]
  }
  assert.deepEqual([name, url, tiers[0]?.lag, tiers[0]?.in], ['p', 'http://x', null, 4])
  assert.match(line, /\n$/)
})
