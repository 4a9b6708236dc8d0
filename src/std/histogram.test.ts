import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { histogram } from './histogram.ts'

describe('histogram()', () => {
  it('has no quantile while nothing is counted', () => {
    assert.equal(histogram().quantile(0.5), undefined)
  })

  it('finds quantiles within 3 %', () => {
    const latencies = histogram()
    for (let durationMs = 1; durationMs <= 10_000; durationMs++) latencies.add(durationMs)
    for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
      const found = latencies.quantile(share) ?? 0
      assert.ok(Math.abs(found / (share * 10_000) - 1) < 0.031, `${share}: ${found}`)
    }
  })

  it('counts 0 and what is below as 0', () => {
    const latencies = histogram()
    latencies.add(0)
    latencies.add(-5)
    assert.equal(latencies.quantile(0.99), 0)
  })

  it('keeps what is beyond its range in the last bucket', () => {
    const latencies = histogram()
    latencies.add(Number.MAX_VALUE)
    latencies.add(Infinity)
    const found = latencies.quantile(1) ?? 0
    assert.ok(found > 9e8 && found < 2e9)
  })
})
