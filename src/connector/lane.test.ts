import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ReceivedRecord } from '../core/broker.ts'
import { Lane, type Taken } from './lane.ts'

/** Records whose keys are the letters of `keys`; `-` stands for none. */
function laneOf(keys: string): Lane {
  const lane = new Lane(0)
  for (const [offset, key] of [...keys].entries()) lane.take(record(offset, key), () => false)
  return lane
}

function record(offset: number, key: string): ReceivedRecord {
  return {
    topic: 'in',
    topicId: 't',
    partition: 0,
    offset,
    timestampMs: 0,
    key: key === '-' ? undefined : Buffer.from(key),
    value: new Uint8Array(1),
    headers: [],
  }
}

const all = () => true
const offsets = (taken: readonly Taken[]) => taken.map((one) => one.record.offset)

describe('Lane', () => {
  it('gives records of one key together, in order', () => {
    const { members } = laneOf('abab').select(10, all)
    assert.deepEqual(offsets(members), [0, 1, 2, 3])
  })

  it('gives no record of a key that another group has, and goes on with the others', () => {
    const lane = laneOf('aabab-')
    const first = lane.select(1, all)
    assert.deepEqual(offsets(first.members), [0])
    assert.deepEqual(offsets(lane.select(10, all).members), [2, 4, 5])
    assert.deepEqual(offsets(lane.select(10, all).members), [])
    for (const taken of first.members) lane.finish(taken)
    assert.deepEqual(offsets(lane.select(10, all).members), [1, 3])
  })

  it('refuses a record only when its turn has come', () => {
    const lane = laneOf('aaab')
    const refuseOne = ({ offset }: ReceivedRecord) => offset !== 1
    const first = lane.select(10, refuseOne)
    assert.deepEqual(offsets(first.members), [0, 3])
    assert.deepEqual(first.refused, [])
    for (const taken of first.members) lane.finish(taken)
    const second = lane.select(10, refuseOne)
    assert.deepEqual(offsets(second.refused), [1])
    assert.deepEqual(second.members, [])
    for (const taken of second.refused) lane.finish(taken)
    assert.deepEqual(offsets(lane.select(10, refuseOne).members), [2])
  })

  it('makes the second half wait where it shares a key with the first', () => {
    const lane = laneOf('abca')
    const { members } = lane.select(4, all)
    const first = lane.regroup(members.slice(0, 2))
    assert.deepEqual(offsets(first), [0, 1])
    assert.deepEqual(offsets(lane.regroup(members.slice(2))), [2])
    assert.deepEqual(offsets(lane.select(4, all).members), [])
    for (const taken of first) lane.finish(taken)
    assert.deepEqual(offsets(lane.select(4, all).members), [3])
  })

  it('takes each offset once, and counts the bytes of what is not finished', () => {
    const lane = laneOf('ab')
    assert.equal(lane.take(record(1, 'b'), () => false).kind, 'known')
    const both = lane.sizeBytes
    const { members } = lane.select(1, all)
    for (const taken of members) lane.finish(taken)
    assert.equal(lane.sizeBytes, both / 2)
    for (const taken of lane.select(1, all).members) lane.finish(taken)
    assert.equal(lane.sizeBytes, 0)
  })

  it('loses none, doubles none and lets none overtake, whatever finishes, fails or is refused', () => {
    const step = fc.record({ kind: fc.constantFrom('select', 'finish', 'halve'), at: fc.nat(20) })
    const keys = fc.array(fc.constantFrom('a', 'b', 'c', '-'), { maxLength: 60 })
    fc.assert(
      fc.property(keys, fc.array(step, { maxLength: 200 }), (letters, steps) => {
        const lane = laneOf(letters.join(''))
        const groups: (readonly Taken[])[] = []
        const finished: number[] = []
        const finish = (members: readonly Taken[]) => {
          for (const taken of members) lane.finish(taken)
          finished.push(...offsets(members))
        }
        const select = () => {
          const { members, refused } = lane.select(5, ({ offset }) => offset % 7 !== 3)
          finish(refused)
          if (members.length > 0) groups.push(members)
          return members.length + refused.length > 0
        }
        for (const { kind, at } of steps) {
          if (kind === 'select') select()
          const [group] = kind === 'select' ? [] : groups.splice(at % (groups.length || 1), 1)
          if (!group) continue
          if (kind === 'finish') finish(group)
          else {
            const halves = [lane.regroup(group.slice(0, 1)), lane.regroup(group.slice(1))]
            groups.push(...halves.filter((half) => half.length > 0))
          }
        }
        while (groups.length > 0 || select()) {
          for (const group of groups.splice(0)) finish(group)
        }
        assert.deepEqual(
          finished.toSorted((a, b) => a - b),
          [...letters.keys()],
        )
        for (const letter of ['a', 'b', 'c']) {
          const own = finished.filter((offset) => letters[offset] === letter)
          assert.deepEqual(
            own,
            own.toSorted((a, b) => a - b),
          )
        }
      }),
    )
  })
})
