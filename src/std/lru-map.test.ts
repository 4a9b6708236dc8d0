import assert from 'node:assert/strict'
import { it } from 'node:test'
import { lruMap } from './lru-map.ts'

it('lruMap() forgets what was longest not asked for', () => {
  const map = lruMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  assert.equal(map.get('a'), 1)
  map.set('c', 3)
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => map.get(key)),
    [1, undefined, 3],
  )
})

it('lruMap() keeps the newest value of a key, once', () => {
  const map = lruMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  map.set('c', 4)
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => map.get(key)),
    [3, undefined, 4],
  )
})
