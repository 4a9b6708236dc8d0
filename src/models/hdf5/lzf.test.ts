import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFoglineError } from '../../std/errors.ts'
import { unpackLzf } from './lzf.ts'

const text = (content: string) => [...Buffer.from(content, 'latin1')]

describe('unpackLzf', () => {
  for (const [title, packed, plain] of [
    ['nothing', [], ''],
    ['literals', [2, ...text('abc')], 'abc'],
    ['a copy', [2, ...text('abc'), 0x20, 2], 'abcabc'],
    ['a copy that reaches into itself', [0, ...text('a'), 0x80, 0], 'aaaaaaa'],
    ['a long copy', [0, ...text('a'), 0xe0, 3, 0], 'a'.repeat(13)],
  ] as const) {
    it(`unpacks ${title}`, () => {
      assert.equal(Buffer.from(unpackLzf(Uint8Array.from(packed), 100)).toString('latin1'), plain)
    })
  }

  for (const [title, packed] of [
    ['literals that are missing', [2, ...text('ab')]],
    ['a copy from before the beginning', [0, ...text('a'), 0x20, 1]],
    ['a copy without its distance', [0, ...text('a'), 0x20]],
    ['more than fits', [0, ...text('a'), 0xe0, 200, 0]],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.throws(
        () => unpackLzf(Uint8Array.from(packed), 100),
        (error) => isFoglineError(error, 'ERR_MODEL'),
      )
    })
  }
})
