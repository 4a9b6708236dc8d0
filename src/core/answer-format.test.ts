import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Answer } from './answer.ts'
import { ANSWER_VALUES, kafkaMlValue, prototypeValue } from './answer-format.ts'

const file = new URL('../../tests/fixtures/python/floats.json', import.meta.url)
const { predictions } = JSON.parse(readFileSync(file, 'utf8')) as {
  predictions: { floats: string[]; kafkaMl: string; prototype: string }[]
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

const answer: Answer = {
  values: Float32Array.of(0.25, 0.75),
  reading: { from: 'probabilities', temperature: 1 },
  tier: 'edge',
  reason: 'confident',
  id: 'a',
  model: 'edge@1',
}

describe('kafkaMlValue() and prototypeValue()', () => {
  it("are Python's bytes for each prediction of the fixture", () => {
    assert.ok(predictions.length > 3)
    for (const { floats, kafkaMl, prototype } of predictions) {
      const values = Float32Array.from(floats, (bits) => Buffer.from(bits, 'hex').readFloatBE())
      assert.equal(text(kafkaMlValue(values)), kafkaMl)
      assert.equal(text(prototypeValue([values])), prototype)
    }
  })

  it('keep the rows of a batch', () => {
    assert.equal(
      text(prototypeValue([Float32Array.of(1, 0.5), Float32Array.of(0, 2)])),
      '[[1.0, 0.5], [0.0, 2.0]]',
    )
  })
})

for (const [format, value] of [
  [
    'fogline',
    '{"values":[0.25,0.75],"class":1,"confidence":0.75,"tier":"edge","reason":"confident","id":"a","model":"edge@1"}',
  ],
  ['kafka-ml', '{"values": [0.25, 0.75]}'],
  ['prototype', '[[0.25, 0.75]]'],
] as const) {
  it(`ANSWER_VALUES writes ${format} as ${value}`, () => {
    assert.equal(text(ANSWER_VALUES[format](answer)), value)
  })
}
