import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Header } from './broker.ts'
import {
  datatypeFromText,
  headersWithout,
  headerText,
  lastHeader,
  shapeFromText,
  shapeText,
  textHeader,
} from './headers.ts'

const headers: readonly Header[] = [
  ['a', Uint8Array.of(0xff)],
  ['b', Uint8Array.of()],
  ['a', Uint8Array.of(0x31)],
  ['c', Uint8Array.of(0x32)],
]

describe('headers', () => {
  it('lastHeader() is the last of a name', () => {
    assert.equal(lastHeader(headers, 'a'), headers[2])
    assert.equal(lastHeader(headers, 'x'), undefined)
  })

  it('headerText() is absent for an absent or empty header', () => {
    assert.equal(headerText(headers, 'c'), '2')
    assert.equal(headerText(headers, 'b'), undefined)
    assert.equal(headerText(headers, 'x'), undefined)
  })

  it('headersWithout() keeps the others as they are, repeated ones included', () => {
    assert.deepEqual(headersWithout(headers, new Set(['b', 'c'])), [headers[0], headers[2]])
  })

  it('textHeader() is UTF-8', () => {
    assert.deepEqual(textHeader('n', 'é'), ['n', Buffer.from([0xc3, 0xa9])])
  })
})

for (const [text, shape] of [
  ['28,28,1', [28, 28, 1]],
  ['4', [4]],
  [' 2, 3', [2, 3]],
  ['', undefined],
  ['-1', undefined],
  ['0', undefined],
  ['2,,3', undefined],
  ['[2,3]', undefined],
  ['1e3', undefined],
  ['99999999999', undefined],
] as const) {
  it(`shapeFromText() is ${shape && `[${shape}]`} for "${text}"`, () => {
    assert.deepEqual(shapeFromText(text), shape)
    if (shape) assert.deepEqual(shapeFromText(shapeText(shape)), shape)
  })
}

it('datatypeFromText() knows the names of the Open Inference Protocol', () => {
  assert.equal(datatypeFromText('FP32'), 'FP32')
  assert.equal(datatypeFromText('float32'), undefined)
})
