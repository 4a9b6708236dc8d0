import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { inferenceConfig } from './inference-config.ts'

const ENV = { FOGLINE_MODEL: 'edge.keras', FOGLINE_NAME: 'edge' }

describe('inferenceConfig()', () => {
  it('needs a model and a name only', () => {
    assert.deepEqual(inferenceConfig({ ...ENV, FOGLINE_FEATURES: '' }), {
      listen: { host: '127.0.0.1', port: 8080 },
      model: { kind: 'file', path: resolve('edge.keras') },
      name: 'edge',
      outputs: {},
    })
  })

  it('takes address and outputs', () => {
    const config = inferenceConfig({
      ...ENV,
      FOGLINE_HOST: '0.0.0.0',
      FOGLINE_PORT: '0',
      FOGLINE_PREDICTION: 'p',
      FOGLINE_FEATURES: 'f',
    })
    assert.deepEqual(config.listen, { host: '0.0.0.0', port: 0 })
    assert.deepEqual(config.outputs, { prediction: 'p', features: 'f' })
  })

  it('takes a model from a server, by the rules that are given', () => {
    const sha256 = '0'.repeat(64)
    const { model, cacheFolder } = inferenceConfig({
      FOGLINE_MODEL: 'http://h/x.h5?signature=1',
      FOGLINE_MODEL_SHA256: sha256,
      FOGLINE_MODEL_ALLOW_HTTP: 'true',
      FOGLINE_MODEL_ALLOW_PRIVATE: 'false',
      FOGLINE_CACHE: '/cache',
      FOGLINE_NAME: 'x',
    })
    assert.equal(cacheFolder, '/cache')
    assert.partialDeepStrictEqual(model, {
      url: 'http://h/x.h5?signature=1',
      sha256,
      allowHttp: true,
      allowPrivate: false,
    })
  })

  it('calls the model of the prototype after its address, or just model', () => {
    for (const [MODEL, name] of [
      ['https://h/fog.h5?v=1', 'fog'],
      ['kafka-ml+http://h:8000/1', 'model'],
    ] as const) {
      assert.equal(inferenceConfig({ MODEL, EXIT_URL: 'http://exit/' }).name, name)
    }
  })

  it("needs nothing but the prototype's settings where they are given", () => {
    const config = inferenceConfig({
      MODEL: '/models/fog.h5',
      EXIT_URL: 'http://exit/',
      NEXT_URL: 'http://next/',
      NEXT_CONFIDENCE: '0.65',
    })
    assert.deepEqual(config.model, { kind: 'file', path: '/models/fog.h5' })
    assert.equal(config.name, 'fog')
    assert.deepEqual(config.prototype, {
      model: '/models/fog.h5',
      exitUrl: 'http://exit/',
      next: { url: 'http://next/', confidence: 0.65 },
      timeoutMs: 20_000,
    })
  })

  const PROTOTYPE = { MODEL: 'a.h5', EXIT_URL: 'http://exit/' }
  for (const [title, env] of [
    ["the prototype's model without an exit", { MODEL: 'a.h5' }],
    ["the prototype's exit without a model", { EXIT_URL: 'http://exit/' }],
    ['a next one without confidence', { ...PROTOTYPE, NEXT_URL: 'http://next/' }],
    [
      'a confidence that is a word',
      { ...PROTOTYPE, NEXT_URL: 'http://n/', NEXT_CONFIDENCE: 'high' },
    ],
    ['http: that is not allowed', { ...ENV, FOGLINE_MODEL: 'http://h/x.h5' }],
    ['a permission that is a word', { ...ENV, FOGLINE_MODEL_ALLOW_HTTP: 'yes' }],
    ['a digest that is none', { ...ENV, FOGLINE_MODEL_SHA256: 'abc' }],
    ['no model', { FOGLINE_NAME: 'edge' }],
    ['an empty name', { ...ENV, FOGLINE_NAME: '' }],
    ['a port that is a word', { ...ENV, FOGLINE_PORT: 'http' }],
    ['a port beyond 65535', { ...ENV, FOGLINE_PORT: '65536' }],
    ['a negative port', { ...ENV, FOGLINE_PORT: '-1' }],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.throws(() => inferenceConfig(env), { code: 'ERR_CONFIG' })
    })
  }
})
