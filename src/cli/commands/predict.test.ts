import assert from 'node:assert/strict'
import { it } from 'node:test'
import { assignInputs } from './predict.ts'

const specs = [
  { name: 'left', datatype: 'FP32', shape: [-1, 2] },
  { name: 'right', datatype: 'FP32', shape: [-1, 3] },
] as const

for (const args of [
  ['a.npy', 'b.npy'],
  ['right=b.npy', 'left=a.npy'],
  ['right=b.npy', 'a.npy'],
]) {
  it(`assignInputs() takes ${args.join(' ')}`, () => {
    assert.deepEqual(assignInputs(specs, args), ['a.npy', 'b.npy'])
  })
}

for (const args of [['a.npy'], ['a.npy', 'b.npy', 'c.npy'], ['left=a.npy', 'left=b.npy']]) {
  it(`assignInputs() refuses ${args.join(' ')}`, () => {
    assert.throws(() => assignInputs(specs, args), { code: 'ERR_ARGUMENT' })
  })
}
