import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Offset } from '../../core/broker.ts'
import {
  countUnfinished,
  decodeAhead,
  encodeAhead,
  mergeProgress,
  nextUnfinished,
  type Progress,
} from './progress.ts'

/** Offsets of the model: small enough to collide often. */
const END = 24
const offset = fc.nat({ max: END })
const range = fc
  .tuple(offset, offset)
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }))
const settled: fc.Arbitrary<Offset> = fc.record({
  partition: fc.constant(0),
  next: offset,
  ahead: fc.array(range, { maxLength: 4 }),
})
const history = fc.array(settled, { maxLength: 6 })

function merged(offsets: readonly Offset[]): Progress {
  return offsets.reduce(mergeProgress, { next: 0, ahead: [] } as Progress)
}

/** The plain model: the set of finished offsets. */
function finishedSet(offsets: readonly Offset[]): Set<number> {
  const finished = new Set<number>()
  for (const { next, ahead = [] } of offsets) {
    for (const { start, end } of [{ start: 0, end: next }, ...ahead]) {
      for (let one = start; one < end; one++) finished.add(one)
    }
  }
  return finished
}

function unfinishedBy(progress: Progress): number[] {
  const found: number[] = []
  for (let at = 0; at < END; ) {
    const { start, end } = nextUnfinished(progress, at)
    for (at = start; at < Math.min(end, END); at++) found.push(at)
  }
  return found
}

describe('mergeProgress()', () => {
  it('finishes exactly what any of the settles finished', () => {
    fc.assert(
      fc.property(history, (offsets) => {
        const finished = finishedSet(offsets)
        const all = Array.from({ length: END }, (_, one) => one)
        assert.deepEqual(
          unfinishedBy(merged(offsets)),
          all.filter((one) => !finished.has(one)),
        )
      }),
    )
  })

  it('does not depend on the order of settles', () => {
    fc.assert(
      fc.property(history, (offsets) => {
        assert.deepEqual(merged(offsets.toReversed()), merged(offsets))
      }),
    )
  })

  it('moves next over what was finished ahead of it', () => {
    const progress = { next: 2, ahead: [{ start: 3, end: 5 }] }
    assert.deepEqual(mergeProgress(progress, { partition: 0, next: 3 }), { next: 5, ahead: [] })
  })
})

describe('countUnfinished()', () => {
  it('agrees with the list of unfinished offsets', () => {
    fc.assert(
      fc.property(history, range, (offsets, { start, end }) => {
        const progress = merged(offsets)
        const listed = unfinishedBy(progress).filter((one) => one >= start && one < end)
        assert.equal(countUnfinished(progress, { start, end }), listed.length)
      }),
    )
  })
})

describe('encodeAhead()', () => {
  it('is undone by decodeAhead()', () => {
    fc.assert(
      fc.property(history, (offsets) => {
        const { ahead } = merged(offsets)
        assert.deepEqual(decodeAhead(encodeAhead(ahead)), ahead)
      }),
    )
  })
})
