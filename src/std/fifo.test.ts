import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { Fifo } from './fifo.ts'

it('Fifo gives items in the order they came', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      for (const step of steps) {
        if (step === undefined) assert.equal(fifo.shift(), model.shift())
        else {
          fifo.push(step)
          model.push(step)
        }
        assert.equal(fifo.length, model.length)
      }
    }),
  )
})
