import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Value } from '../onnx/graph.ts'
import { minus, plus, product, quotient, type Size, sameSize, times } from './size.ts'

const input: Value = { name: 'x', datatype: 'FP32', shape: [-1, -1, 4] }
const batch: Size = { batches: 1, of: input }
const twice: Size = { batches: 2, of: input }
const open: Size = { from: input, axis: 1 }
const other: Size = { from: { ...input, name: 'y' }, axis: 1 }
const step: Size = { step: input, offset: 0 }

describe('sizes', () => {
  for (const [title, found, expected] of [
    ['2 * 3', times(2, 3), 6],
    ['0 * open', times(0, open), 0],
    ['batch * 2', times(batch, 2), twice],
    [
      '(batch * open * 4) / (batch * 2)',
      quotient(product([batch, open, 4]), twice),
      times(open, 2),
    ],
    ['(batch * open) / (open * batch)', quotient(times(batch, open), times(open, batch)), 1],
    ['(batch * open) / open', quotient(times(batch, open), open), batch],
    ['(batch * 2) / batch', quotient(twice, batch), 2],
    ['7 / 2', quotient(7, 2), 3],
    ['batch / 2', quotient(batch, 2), undefined],
    ['open / batch', quotient(open, batch), undefined],
    ['batch / 0', quotient(batch, 0), undefined],
    ['batch + batch', plus(batch, batch), twice],
    ['batch + 1', plus(batch, 1), undefined],
    ['open - open', minus(open, open), 0],
    ['open - other', minus(open, other), undefined],
    ['step + 1 + 1 - 2', minus(plus(plus(step, 1) ?? 0, 1) ?? 0, 2), step],
  ] as const) {
    it(`${title} is ${JSON.stringify(expected)}`, () => {
      const isSame =
        found === undefined || expected === undefined
          ? found === expected
          : sameSize(found, expected)
      assert.ok(isSame, JSON.stringify(found))
    })
  }

  it('sameSize() tells apart what is not the same', () => {
    const all: readonly Size[] = [1, 2, batch, twice, open, other, step, times(batch, open)]
    for (const [at, left] of all.entries()) {
      for (const [index, right] of all.entries()) {
        assert.equal(sameSize(left, right), at === index, `${at} and ${index}`)
      }
    }
  })
})
