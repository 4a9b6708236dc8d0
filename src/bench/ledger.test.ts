import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sampleId } from './devices.ts'
import { openLedger } from './ledger.ts'

it('a ledger counts the first answer of each digit, by tier', () => {
  const clock = { ms: 0 }
  const ledger = openLedger(Uint8Array.of(7, 2, 1), () => clock.ms)
  for (const index of [0, 1, 2]) ledger.send(index)
  clock.ms = 10
  ledger.answer('edge', sampleId(0), 7)
  ledger.answer('edge', sampleId(0), 7)
  ledger.answer('fog', sampleId(1), 3)
  ledger.answer('fog', 'of-somebody-else', 3)
  ledger.bury(sampleId(2))
  assert.equal(ledger.settled(), 3)
  assert.equal(ledger.deadLetters, 1)
  const { latencyMsP50, latencyMsP99, ...edge } = ledger.tally('edge')
  assert.deepEqual(edge, { tier: 'edge', answers: 1, correct: 1 })
  assert.ok(latencyMsP50 && Math.abs(latencyMsP50 - 10) < 0.5)
  assert.equal(latencyMsP99, latencyMsP50)
  assert.equal(ledger.tally().answers, 2)
  assert.equal(ledger.tally().correct, 1)
})
