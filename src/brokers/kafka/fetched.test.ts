import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RecordsBatch } from '@platformatic/kafka'
import { type FetchedPartition, fetched } from './fetched.ts'

const TRANSACTIONAL = 1 << 4
const CONTROL = 1 << 5

interface Batch {
  readonly at: number
  readonly producer: bigint
  /** Records in it; a marker has none. */
  readonly count?: number
  readonly marker?: 'abort' | 'commit'
}

function batch({ at, producer, count = 1, marker }: Batch): RecordsBatch {
  const key = marker && Buffer.from([0, 0, 0, marker === 'commit' ? 1 : 0])
  return {
    firstOffset: BigInt(at),
    lastOffsetDelta: count - 1,
    attributes: TRANSACTIONAL | (marker ? CONTROL : 0),
    producerId: producer,
    firstTimestamp: 1_000n,
    maxTimestamp: 1_000n,
    records: Array.from({ length: count }, (_, offsetDelta) => ({
      length: 0,
      attributes: 0,
      timestampDelta: 5n,
      offsetDelta,
      key: key ?? null,
      value: Buffer.from('v'),
      headers: [],
    })),
  } as unknown as RecordsBatch
}

function part(
  batches: readonly Batch[],
  aborted: readonly (readonly [producer: bigint, first: number])[] = [],
  from = 0,
): FetchedPartition {
  return {
    topic: 't',
    topicId: 'id',
    partition: 0,
    from,
    batches: batches.map(batch),
    aborted: aborted.map(([producerId, first]) => ({ producerId, firstOffset: BigInt(first) })),
  }
}

function offsetsOf(given: FetchedPartition): readonly number[] {
  return fetched(given).records.map(({ offset }) => offset)
}

describe('fetched()', () => {
  it('gives records from the offset on that was asked for, and the next to ask for', () => {
    const { records, next } = fetched(part([{ at: 10, producer: 1n, count: 5 }], [], 12))
    assert.deepEqual(
      records.map(({ offset, timestampMs }) => [offset, timestampMs]),
      [
        [12, 1_005],
        [13, 1_005],
        [14, 1_005],
      ],
    )
    assert.equal(next, 15)
  })

  it('leaves out markers, and goes on behind them', () => {
    const given = part([
      { at: 0, producer: 1n },
      { at: 1, producer: 1n, marker: 'commit' },
    ])
    assert.deepEqual([offsetsOf(given), fetched(given).next], [[0], 2])
  })

  it('keeps a committed transaction between aborted ones of its producer, however they end', () => {
    const given = part(
      [
        { at: 0, producer: 1n, count: 2 },
        { at: 2, producer: 1n, marker: 'abort' },
        { at: 3, producer: 1n, count: 2 },
        { at: 5, producer: 1n, marker: 'commit' },
        // Of a transaction that wrote nothing here.
        { at: 6, producer: 1n, marker: 'abort' },
        { at: 7, producer: 1n },
        { at: 8, producer: 1n, marker: 'abort' },
        { at: 9, producer: 1n },
      ],
      [
        [1n, 0],
        [1n, 7],
      ],
    )
    assert.deepEqual(offsetsOf(given), [3, 4, 9])
  })

  it('leaves out an aborted transaction whose marker lies in another fetch', () => {
    const given = part(
      [
        { at: 0, producer: 1n },
        { at: 1, producer: 2n },
        { at: 2, producer: 1n },
      ],
      [[1n, 0]],
    )
    assert.deepEqual(offsetsOf(given), [1])
  })
})
