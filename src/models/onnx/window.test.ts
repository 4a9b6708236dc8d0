import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { poolAttributes, poolings, type Window, windowAttributes, windowedSizes } from './window.ts'

const refuse = (what: string) => new Error(`layer "x" ${what}`)

function window(given: Partial<Window>): Window {
  return { kernel: [3], strides: [1], dilations: [1], padding: 'valid', ...given }
}

// As TensorFlow's documentation of `same` and `valid` has it.
const ROWS: readonly (readonly [
  string,
  Partial<Window>,
  size: number,
  pads: unknown,
  to: number,
])[] = [
  ['valid', {}, 8, undefined, 6],
  ['valid, by strides', { strides: [2] }, 8, undefined, 3],
  ['valid, dilated', { dilations: [3] }, 8, undefined, 2],
  ['same', { padding: 'same' }, 8, [1, 1], 8],
  ['same, what is odd at the end', { kernel: [4], padding: 'same' }, 8, [1, 2], 8],
  ['same, by strides', { strides: [2], padding: 'same' }, 8, [0, 1], 4],
  ['same, by strides beyond the window', { strides: [5], padding: 'same' }, 10, [0, 0], 2],
  ['same, step by step over any size', { padding: 'same' }, -1, [1, 1], -1],
  ['in front only', { padding: [[2, 0]] }, 8, [2, 0], 8],
  ['in front only, over any size', { padding: [[2, 0]], strides: [2] }, -1, [2, 0], -1],
]

describe('windowAttributes() and windowedSizes()', () => {
  for (const [name, given, size, pads, to] of ROWS) {
    it(`pad and count ${name}`, () => {
      const spatial = { sizes: [size], refuse }
      const attributes = windowAttributes(window(given), spatial)
      assert.deepEqual(attributes.pads, pads && { ints: pads })
      assert.equal(attributes.auto_pad, undefined)
      assert.deepEqual(windowedSizes(window(given), spatial), [to])
    })
  }

  it('leave it to ONNX Runtime to pad what only running tells', () => {
    const given = window({ strides: [2], padding: 'same' })
    const attributes = windowAttributes(given, { sizes: [-1], refuse })
    assert.deepEqual(attributes.auto_pad, { text: 'SAME_UPPER' })
  })

  it('refuse what ONNX Runtime would pad wrongly', () => {
    const given = window({ strides: [2], dilations: [2], padding: 'same' })
    assert.throws(
      () => windowAttributes(given, { sizes: [-1], refuse }),
      /layer "x" slides a dilated window with strides over an unknown size/,
    )
  })

  it('refuse a window beyond the image', () => {
    assert.throws(
      () => windowedSizes(window({ kernel: [5] }), { sizes: [4], refuse }),
      /layer "x" has a window of 5 on a size of 4/,
    )
  })
})

describe('poolAttributes()', () => {
  it('names its padding, but for one that is given in numbers', () => {
    const spatial = { sizes: [8], refuse }
    const same = poolAttributes(window({ padding: 'same' }), spatial)
    assert.deepEqual([same.auto_pad, same.pads], [{ text: 'SAME_UPPER' }, undefined])
    const given = poolAttributes(window({ padding: [[1, 2]] }), spatial)
    assert.deepEqual([given.auto_pad, given.pads], [undefined, { ints: [1, 2] }])
  })
})

describe('poolings()', () => {
  for (const [name, given, sizes, steps] of [
    ['by strides within the window', { kernel: [3], strides: [2] }, [7], ['same 3 by 2']],
    ['over an open size', { kernel: [2], strides: [2] }, [-1], ['same 2 by 2']],
    ['that leaves steps out', { kernel: [2], strides: [3] }, [8], ['valid 2 by 3']],
    ['that leaves steps out, and pads', { kernel: [2], strides: [3] }, [7], ['same 2 by 3']],
    ['of every other step of an open size', { kernel: [1], strides: [2] }, [-1], ['valid 1 by 2']],
    [
      'that pads along one axis of two',
      { kernel: [1, 3], strides: [2, 2] },
      [7, 8],
      ['valid 1,1 by 2,1', 'same 1,3 by 1,2'],
    ],
  ] as const) {
    it(`are ${steps.join(', then ')} for one ${name}`, () => {
      const windows = poolings(window({ ...given, padding: 'same' }), sizes)
      const texts = windows.map(
        ({ padding, kernel, strides }) => `${padding} ${kernel} by ${strides}`,
      )
      assert.deepEqual(texts, steps)
    })
  }
})
