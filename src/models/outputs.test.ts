import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TensorSpec } from '../core/tensor.ts'
import { chooseOutputs, type OutputHints } from './outputs.ts'

const classes: TensorSpec = { name: 'exit', datatype: 'FP32', shape: [-1, 10] }
const image: TensorSpec = { name: 'maps', datatype: 'FP32', shape: [-1, 7, 7, 8] }
const row: TensorSpec = { name: 'row', datatype: 'FP32', shape: [-1, 16] }
const alike: TensorSpec = { name: 'alike', datatype: 'FP32', shape: [-1, 10] }
const takes = (shape: readonly number[]): OutputHints => ({
  upper: [{ name: 'in', datatype: 'FP32', shape }],
})

describe('chooseOutputs', () => {
  const both = { prediction: 'exit', features: 'row' }
  for (const [title, outputs, hints, expected] of [
    ['a single output', [classes], {}, { prediction: 'exit' }],
    ['a single output, whatever is above', [classes], takes([-1, 4]), { prediction: 'exit' }],
    ['the only image', [image, classes], {}, { prediction: 'exit', features: 'maps' }],
    ['what fits above', [classes, row], takes([-1, 16]), both],
    ['what fits above, first', [row, classes], takes([-1, 16]), both],
    ['what is configured', [row, classes], { configured: both }, both],
    [
      'the other one, if it fits above',
      [alike, classes],
      { ...takes([-1, 10]), configured: { prediction: 'exit' } },
      { prediction: 'exit', features: 'alike' },
    ],
    [
      'what is configured among three',
      [row, classes, image],
      { ...takes([-1, 7, 7, 8]), configured: { prediction: 'exit' } },
      { prediction: 'exit', features: 'maps' },
    ],
    [
      'what is named among three, at the top',
      [classes, alike, row],
      top('alike'),
      { prediction: 'alike' },
    ],
    ['the only row, at the top', [image, classes, image], top(), { prediction: 'exit' }],
  ] as const) {
    it(`takes ${title}`, () => assert.deepEqual(chooseOutputs(outputs, hints), expected))
  }

  for (const [title, outputs, hints, message] of [
    ['two rows and nothing above', [classes, row], {}, /none can be the features.*set "outputs"/],
    ['both fit above', [classes, alike], takes([-1, 10]), /could each be the features/],
    ['none fits above', [classes, row], takes([-1, 9]), /none can be the features/],
    ['another datatype above', [classes, row], uint8Above(), /none can be the features/],
    ['an unknown name', [classes], { configured: { prediction: 'x' } }, /there is no "x"/],
    ['three outputs', [classes, alike, row], takes([-1, 16]), /could each be the prediction/],
    ['two rows at the top', [classes, row], top(), /"exit" and "row" could each be the prediction/],
    ['an unknown name at the top', [classes, row], top('x'), /there is no "x"/],
    ['two inputs above', [classes, row], { upper: [row, row] }, /2 inputs/],
    [
      'one name for both',
      [classes, row],
      { configured: { prediction: 'exit', features: 'exit' } },
      /cannot be both/,
    ],
  ] as const) {
    it(`asks where there is: ${title}`, () => {
      assert.throws(() => chooseOutputs(outputs, hints), { code: 'ERR_CONFIG', message })
    })
  }
})

function top(prediction?: string): OutputHints {
  return { isTop: true, ...(prediction !== undefined && { configured: { prediction } }) }
}

function uint8Above(): OutputHints {
  return { upper: [{ name: 'in', datatype: 'UINT8', shape: [-1, 16] }] }
}
