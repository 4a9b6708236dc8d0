import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkTopic } from './topic-name.ts'

describe('checkTopic()', () => {
  for (const name of ['edge-input', 'A.b_c-1', 'x'.repeat(249), '...']) {
    it(`accepts ${name.slice(0, 20)}`, () => {
      checkTopic({ name, partitions: 1 })
    })
  }

  for (const name of ['', 'a b', 'a/b', 'ä', '.', '..', 'x'.repeat(250), 'a\n']) {
    it(`refuses ${JSON.stringify(name.slice(0, 20))}`, () => {
      assert.throws(() => checkTopic({ name, partitions: 1 }), { code: 'ERR_BROKER' })
    })
  }

  for (const partitions of [0, -1, 1.5, Number.NaN, 1025]) {
    it(`refuses ${partitions} partitions`, () => {
      assert.throws(() => checkTopic({ name: 'a', partitions }), { code: 'ERR_BROKER' })
    })
  }
})
