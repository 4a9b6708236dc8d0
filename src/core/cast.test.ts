import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isFoglineError } from '../std/errors.ts'
import { cast, tensorOf } from './cast.ts'
import type { Datatype } from './tensor.ts'

const held: readonly (readonly [Datatype, readonly (number | bigint)[]])[] = [
  ['BOOL', [0, 1]],
  ['UINT8', [0, 255]],
  ['INT8', [-128, 127]],
  ['INT32', [-(2 ** 31), 2 ** 31 - 1]],
  ['INT64', [Number.MIN_SAFE_INTEGER, -(2 ** 63), 2n ** 63n - 1n]],
  ['UINT64', [0, 2 ** 53, 2n ** 64n - 1n]],
  ['FP16', [0.5, 65504]],
  ['FP32', [NaN, Infinity, 0.5, 3n]],
]

for (const [datatype, values] of held) {
  it(`tensorOf() holds ${values.join(', ')} as ${datatype}`, () => {
    const { data, shape } = tensorOf(values, datatype)
    assert.deepEqual(shape, [values.length])
    assert.deepEqual(Array.from(data, Number), values.map(Number))
  })
}

const refused: readonly (readonly [Datatype, number | bigint])[] = [
  ['BOOL', 2],
  ['UINT8', 256],
  ['UINT8', -1],
  ['UINT8', 0.5],
  ['UINT8', NaN],
  ['INT32', 2 ** 31],
  ['INT64', 2 ** 63],
  ['INT64', 2n ** 63n],
  ['UINT64', 2 ** 64],
  ['UINT64', -1n],
  ['FP16', 65520],
  ['FP32', 1e39],
]

for (const [datatype, value] of refused) {
  it(`tensorOf() refuses ${value} as ${datatype}`, () => {
    assert.throws(
      () => tensorOf([value], datatype),
      (error) => isFoglineError(error, 'ERR_TENSOR') && error.message.includes(`${value}`),
    )
  })
}

it('cast() keeps shape and values, and gives back a tensor that fits already', () => {
  const tensor = { datatype: 'FP64', shape: [2, 1], data: Float64Array.of(1, 250) } as const
  const bytes = cast(tensor, 'UINT8')
  assert.deepEqual(bytes, { datatype: 'UINT8', shape: [2, 1], data: Uint8Array.of(1, 250) })
  assert.equal(cast(bytes, 'UINT8'), bytes)
})
