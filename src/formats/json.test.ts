import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isFoglineError } from '../std/errors.ts'
import { type JsonSampleSpec, tensorFromJson } from './json.ts'

const floats = (...shape: number[]): JsonSampleSpec => ({ datatype: 'FP32', shape })

const read: readonly (readonly [string, unknown, JsonSampleSpec, number[], number[]])[] = [
  [
    'nested arrays',
    [
      [1, 2],
      [3, 4],
    ],
    floats(2, 2),
    [2, 2],
    [1, 2, 3, 4],
  ],
  ['a leading axis of 1', [[1, 2]], floats(2), [2], [1, 2]],
  ['a flat array', [1, 2, 3, 4], floats(2, 2), [2, 2], [1, 2, 3, 4]],
  ['a bare number', 5, floats(1), [1], [5]],
  ['a scalar', 5, floats(), [], [5]],
  ['an open axis', [[1], [2], [3]], floats(-1, 1), [3, 1], [1, 2, 3]],
  ['booleans', [true, false], { datatype: 'BOOL', shape: [2] }, [2], [1, 0]],
  ['an image without its axis of one channel', [[1, 2]], floats(1, 2, 1), [1, 2, 1], [1, 2]],
  ['a batch of one such image', [[[1, 2]]], floats(1, 2, 1), [1, 2, 1], [1, 2]],
  ['fields', { b: 2, a: 1, c: 3 }, { ...floats(2), fields: ['a', 'b'] }, [2], [1, 2]],
  ['a field of one number', { a: 1, b: 2 }, { ...floats(1), fields: ['a'] }, [1], [1]],
  ['a field of arrays', { a: [[1, 2]], b: 3 }, { ...floats(1, 2), fields: ['a'] }, [1, 2], [1, 2]],
]

for (const [what, value, spec, shape, values] of read) {
  it(`tensorFromJson() reads ${what}`, () => {
    const tensor = tensorFromJson(value, spec)
    assert.equal(tensor.datatype, spec.datatype)
    assert.deepEqual(tensor.shape, shape)
    assert.deepEqual(Array.from(tensor.data, Number), values)
  })
}

const deep = JSON.parse(`${'['.repeat(5000)}1${']'.repeat(5000)}`)

const refused: readonly (readonly [string, unknown, JsonSampleSpec, RegExp])[] = [
  ['a wrong size', [1, 2, 3], floats(2), /shape \[3\] \(expected FP32 \[2\]\)/],
  [
    'a wrong shape of the right size',
    [
      [1, 2],
      [3, 4],
    ],
    floats(4),
    /shape \[2, 2\]/,
  ],
  ['ragged arrays', [[1, 2], [3]], floats(2, 2), /an array of 1 where the first one has 2/],
  ['a number among arrays', [[1, 2], 3], floats(2, 2), /a number where the first one has 2/],
  ['text', ['1', 2], floats(2), /holds a string/],
  ['null', [null, 2], floats(2), /holds null/],
  ['an empty array', [], floats(-1), /shape \[0\]/],
  ['arrays nested without end', deep, floats(1), /32 arrays deep/],
  ['an object without fields', { a: 1 }, floats(1), /holds an object/],
  ['a missing field', { a: 1 }, { ...floats(2), fields: ['a', 'b'] }, /field "b" is missing/],
  ['an inherited field', {}, { ...floats(1), fields: ['toString'] }, /"toString" is missing/],
  ['an array for fields', [1], { ...floats(1), fields: ['a'] }, /is an array \(expected an object/],
  ['missing axes that are not 1', [1, 2], floats(2, 2), /shape \[2\] \(expected FP32 \[2, 2\]\)/],
  [
    'an integer that was rounded',
    JSON.parse('[9007199254740993]'),
    { datatype: 'INT64', shape: [1] },
    /9007199254740992 \(at most 2\^53/,
  ],
  ['what the datatype cannot hold', [300], { datatype: 'UINT8', shape: [1] }, /value 300/],
]

for (const [what, value, spec, message] of refused) {
  it(`tensorFromJson() refuses ${what}`, () => {
    assert.throws(
      () => tensorFromJson(value, spec),
      (error) => isFoglineError(error, 'ERR_TENSOR') && message.test(error.message),
    )
  })
}
