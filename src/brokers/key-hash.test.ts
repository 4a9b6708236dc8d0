import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { murmur2, partitionOfKey } from './key-hash.ts'

/** From org.apache.kafka.common.utils.UtilsTest. */
const KAFKA_VECTORS = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
] as const

describe('murmur2()', () => {
  for (const [key, hash] of KAFKA_VECTORS) {
    it(`hashes "${key}" as Kafka does`, () => {
      assert.equal(murmur2(Buffer.from(key)), hash)
    })
  }

  it('reads a view at any place of its buffer', () => {
    assert.equal(murmur2(Buffer.from('xfoobar').subarray(1)), -790332482)
  })
})

describe('partitionOfKey()', () => {
  it('drops the sign before it divides', () => {
    assert.equal(partitionOfKey(Buffer.from('21'), 7), (-973932308 & 0x7fffffff) % 7)
  })

  it('spreads keys over all partitions', () => {
    const keys = Array.from({ length: 200 }, (_, index) => Buffer.from(`device-${index}`))
    assert.deepEqual([...new Set(keys.map((key) => partitionOfKey(key, 4)))].sort(), [0, 1, 2, 3])
  })
})
