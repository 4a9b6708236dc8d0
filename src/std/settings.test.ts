import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { messageOf } from './errors.ts'
import { settingsFromJson, settingsOf } from './settings.ts'

describe('settingsOf()', () => {
  it('reads texts, numbers, lists and objects, and nothing where there is nothing', () => {
    const settings = settingsOf({ a: 'x', b: 0.5, c: ['y', 'z'], d: { e: 1 }, f: null }, 'file')
    assert.equal(settings.text('a'), 'x')
    assert.equal(settings.number('b'), 0.5)
    assert.deepEqual(settings.texts('c'), ['y', 'z'])
    assert.deepEqual(settings.texts('a'), ['x'])
    assert.equal(settings.inner('d')?.number('e'), 1)
    assert.equal(settings.text('f'), undefined)
    assert.equal(settings.inner('toString'), undefined)
    assert.deepEqual(settings.keys, ['a', 'b', 'c', 'd', 'f'])
  })

  const settings = settingsOf({ key: { secret: 7 } }, 'file')
  for (const [read, kind] of [
    [() => settings.text('key'), 'a text'],
    [() => settings.number('key'), 'a number'],
    [() => settings.texts('key'), 'a text or a list of texts'],
    [() => settings.inner('key')?.inner('secret'), 'an object'],
    [() => settingsOf([], 'file'), undefined],
  ] as const) {
    it(`names the key, never the value, where it is not ${kind ?? 'an object at all'}`, () => {
      assert.throws(read, (error) => {
        const message = messageOf(error)
        return message.includes(kind ?? 'no JSON object') && !message.includes('7')
      })
    })
  }
})

describe('settingsFromJson()', () => {
  it('does not repeat text that is no JSON', () => {
    assert.throws(
      () => settingsFromJson('{"password": "tiger"', 'file'),
      (error) => {
        return messageOf(error) === 'Cannot use file: it is not JSON'
      },
    )
  })
})
