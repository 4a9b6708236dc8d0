import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gatherer } from './gatherer.ts'

describe('gatherer()', () => {
  it('writes at once, and gathers what queues up meanwhile', async () => {
    const chunks: (readonly number[])[] = []
    const gate = Promise.withResolvers<void>()
    const numbers = gatherer<number>({
      write: async (items) => {
        chunks.push(items)
        await gate.promise
      },
      itemsMax: 3,
    })
    numbers.add([1])
    numbers.add([2, 3])
    numbers.add([4, 5])
    assert.deepEqual(chunks, [[1]])
    assert.equal(numbers.pending, 5)
    gate.resolve()
    await numbers.idle()
    assert.deepEqual(chunks, [[1], [2, 3, 4], [5]])
    assert.equal(numbers.pending, 0)
  })

  it('goes on after a write that failed', async () => {
    const written: number[] = []
    const numbers = gatherer<number>({
      write: async ([item = 0]) => {
        if (item === 1) throw new Error('no')
        written.push(item)
      },
      itemsMax: 1,
    })
    numbers.add([1, 2])
    await numbers.idle()
    assert.deepEqual(written, [2])
  })

  it('starts again after it was idle', async () => {
    const written: number[] = []
    const numbers = gatherer<number>({
      write: async (items) => void written.push(...items),
      itemsMax: 10,
    })
    await numbers.idle()
    numbers.add([1])
    await numbers.idle()
    numbers.add([2])
    await numbers.idle()
    assert.deepEqual(written, [1, 2])
  })
})
