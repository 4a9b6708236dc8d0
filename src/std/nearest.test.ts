import assert from 'node:assert/strict'
import { it } from 'node:test'
import { nearest } from './nearest.ts'

const keys = ['threshold', 'metric', 'from', 'temperature', 'model', 'name']

for (const [word, expected] of [
  ['treshold', 'threshold'],
  ['Metric', 'metric'],
  ['form', 'from'],
  ['fro', 'from'],
  ['modle', 'model'],
  ['models', 'model'],
  ['temprature', 'temperature'],
  ['names', 'name'],
  ['replicas', undefined],
  ['', undefined],
  ['x'.repeat(10_000), undefined],
] as const) {
  it(`nearest() of "${word.slice(0, 20)}" is ${expected}`, () => {
    assert.equal(nearest(word, keys), expected)
  })
}

it('nearest() is undefined where there is nothing to choose from', () => {
  assert.equal(nearest('name', []), undefined)
})
