import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Section } from '../core/section.ts'
import { toFloats } from '../core/tensor.ts'
import { readEnvelope } from '../formats/envelope.ts'
import { FoglineError } from '../std/errors.ts'
import { envelopeHandler } from './envelope-handler.ts'

/** From [n, 2] it gives twice the numbers to hand up, and the numbers themselves as the exit. */
const section: Section = {
  version: 'abc',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [
    { name: 'up', datatype: 'FP32', shape: [-1, 2] },
    { name: 'exit', datatype: 'FP32', shape: [-1, 2] },
  ],
  run: async ([input]) => {
    const values = input ? toFloats(input) : new Float32Array()
    const shape = [values.length / 2, 2]
    return [
      { datatype: 'FP32', shape, data: values.map((value) => 2 * value) },
      { datatype: 'FP32', shape, data: values },
    ]
  },
  close: async () => {},
}

type Say = (to: 'exit' | 'next') => number

function inference(say: Say = () => 200) {
  const posted: { to: string; value: string; id: string | undefined }[] = []
  const part = (to: 'exit' | 'next') => ({
    url: `http://${to}/`,
    post: async (body: Uint8Array) => {
      const status = say(to)
      if (status === 0) throw new FoglineError('Away', { code: 'ERR_UNAVAILABLE' })
      const { value, headers } = readEnvelope(body)
      const id = headers.find(([name]) => name === 'fogline-id')?.[1]
      posted.push({ to, value, id: id && Buffer.from(id).toString() })
      return { status, headers: {}, body: new Uint8Array() }
    },
  })
  const handler = envelopeHandler({
    section,
    prediction: 'exit',
    features: 'up',
    exit: part('exit'),
    next: { ...part('next'), confidence: 0.5 },
  })
  const post = async (body: string) =>
    (await handler(new Request('http://f/', { method: 'POST', body }))).status
  return { posted, post }
}

const envelope = (value: string) => `{"headers":{"fogline-id":"a"},"value":${value}}`

describe("the prototype's inference function", () => {
  it('hands an envelope on as its prediction or its features', async () => {
    const { posted, post } = inference()
    assert.equal(await post(envelope('[[0.75, 0.25]]')), 200)
    assert.equal(await post(envelope('[[0.25, 0.25]]')), 200)
    assert.deepEqual(posted, [
      { to: 'exit', value: '[[0.75, 0.25]]', id: 'a' },
      { to: 'next', value: '[[0.5, 0.5]]', id: 'a' },
    ])
  })

  it('decides for each sample of a batch, and tells the two parts apart', async () => {
    const { posted, post } = inference()
    assert.equal(await post(envelope('[[0.75, 0.25], [0.25, 0.25], [0.0, 1.0]]')), 200)
    assert.deepEqual(posted, [
      { to: 'exit', value: '[[0.75, 0.25], [0.0, 1.0]]', id: 'a/0,2' },
      { to: 'next', value: '[[0.5, 0.5]]', id: 'a/1' },
    ])
  })

  for (const [said, status] of [
    [204, 200],
    [413, 413],
    [503, 503],
    [500, 502],
    [302, 502],
    [0, 503],
  ] as const) {
    it(`answers ${status} where the next one ${said ? `says ${said}` : 'is away'}`, async () => {
      assert.equal(await inference(() => said).post(envelope('[[0.75, 0.25]]')), status)
    })
  }

  it('is not done where one of two is not', async () => {
    const { post } = inference((to) => (to === 'next' ? 503 : 200))
    assert.equal(await post(envelope('[[0.75, 0.25], [0.25, 0.25]]')), 503)
  })

  for (const [what, body] of [
    ['no JSON', '{'],
    ['no value', '{}'],
    ['a value of another shape', envelope('[[1.0]]')],
    ['a value with a text in it', envelope('[["a", 1]]')],
  ] as const) {
    it(`answers 400 to ${what}`, async () => assert.equal(await inference().post(body), 400))
  }

  it('needs features where there is a next one', () => {
    const exit = {
      url: '',
      post: async () => ({ status: 200, headers: {}, body: new Uint8Array() }),
    }
    assert.throws(
      () =>
        envelopeHandler({ section, prediction: 'exit', exit, next: { ...exit, confidence: 1 } }),
      { code: 'ERR_CONFIG' },
    )
  })
})
