import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { OffsetRun } from './offset-run.ts'

describe('OffsetRun', () => {
  it('commits the contiguous run, and says which offsets beyond are finished', () => {
    const run = new OffsetRun(3)
    const sequences = [10, 11, 12, 15, 16].map((offset) => run.take(offset) ?? -1)
    run.finish(sequences[2] ?? -1)
    run.finish(sequences[3] ?? -1)
    assert.deepEqual(run.offset(), { partition: 3, next: 10, ahead: [{ start: 12, end: 16 }] })
    assert.equal(run.beyond, 5)
    run.finish(sequences[0] ?? -1)
    run.finish(sequences[1] ?? -1)
    assert.deepEqual(run.offset(), { partition: 3, next: 16 })
    run.finish(sequences[4] ?? -1)
    assert.deepEqual(run.offset(), { partition: 3, next: 17 })
    assert.equal(run.beyond, 0)
  })

  it('takes no offset twice', () => {
    const run = new OffsetRun(0)
    run.take(5)
    assert.equal(run.take(5), undefined)
    assert.equal(run.take(4), undefined)
    run.finish(0)
    assert.equal(run.take(5), undefined)
    assert.equal(run.take(6), 1)
  })

  it('never commits past an unfinished offset, whatever the order', () => {
    const order = fc.shuffledSubarray([...Array(3_000).keys()])
    fc.assert(
      fc.property(order, (finished) => {
        const run = new OffsetRun(0)
        for (let offset = 0; offset < 3_000; offset++) run.take(offset)
        for (const sequence of finished) run.finish(sequence)
        const done = new Set(finished)
        const next = [...Array(3_001).keys()].find((offset) => !done.has(offset))
        const { next: committed, ahead = [] } = run.offset()
        assert.equal(committed, next)
        assert.equal(run.beyond, 3_000 - committed)
        const covered = ahead.flatMap(({ start, end }) => {
          return Array.from({ length: end - start }, (_, index) => start + index)
        })
        assert.deepEqual(
          covered,
          finished.filter((offset) => offset > committed).toSorted((a, b) => a - b),
        )
      }),
      { numRuns: 20 },
    )
  })
})
