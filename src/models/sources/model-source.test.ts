import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { findSource, modelName, modelSource, sourceText, withoutSecrets } from './model-source.ts'

const folder = '/models'
const digest = 'Ab'.repeat(32)

describe('modelSource()', () => {
  it('is a file for every path, relative ones from the folder on', () => {
    for (const [text, path] of [
      ['edge.keras', '/models/edge.keras'],
      ['./a:b.h5', '/models/a:b.h5'],
      ['/elsewhere/x.onnx', '/elsewhere/x.onnx'],
    ] as const) {
      assert.deepEqual(modelSource(text, { folder }), { kind: 'file', path })
    }
    assert.deepEqual(modelSource('x', { folder, sha256: digest }), {
      kind: 'file',
      path: '/models/x',
      sha256: digest.toLowerCase(),
    })
  })

  it('is on a server for https:, and for http: where that is allowed', () => {
    const source = modelSource('https://h.example/a/b.h5?v=1', { folder, sha256: digest })
    assert.deepEqual(source, {
      kind: 'web',
      address: 'https://h.example/a/b.h5?v=1',
      url: 'https://h.example/a/b.h5?v=1',
      text: 'https://h.example/a/b.h5?…',
      isKafkaMl: false,
      allowHttp: false,
      allowPrivate: false,
      sha256: digest.toLowerCase(),
    })
    const plain = modelSource('http://h/x', { folder, allowHttp: true, allowPrivate: true })
    assert.partialDeepStrictEqual(plain, { allowHttp: true, allowPrivate: true })
  })

  for (const [text, url] of [
    ['kafka-ml+http://backend:8000/7', 'http://backend:8000/results/model/7'],
    ['kafka-ml+https://h/api/12', 'https://h/api/results/model/12'],
    ['Kafka-ML+http://[fd00::1]:8000/1', 'http://[fd00::1]:8000/results/model/1'],
  ] as const) {
    it(`is the trained model of a Kafka-ML result for ${text}, in clear text and private`, () => {
      const source = modelSource(text, { folder })
      assert.partialDeepStrictEqual(source, {
        url,
        text,
        isKafkaMl: true,
        allowHttp: true,
        allowPrivate: true,
      })
    })
  }

  it('can be denied what a Kafka-ML address allows by itself', () => {
    const settings = { folder, allowHttp: false, allowPrivate: false }
    assert.equal(findSource('kafka-ml+http://h/1', settings).kind, 'wrong')
    assert.partialDeepStrictEqual(modelSource('kafka-ml+https://h/1', settings), {
      allowPrivate: false,
    })
  })

  for (const [text, message] of [
    ['http://h/x', /https:, or http: with allowHttp/],
    ['ftp://h/x', /the path of a model file/],
    ['file:///etc/passwd', /the path of a model file/],
    ['https://', /the path of a model file/],
    ['https://h/x#part', /the path of a model file/],
    ['', /the path of a model file/],
    ['a\0b', /the path of a model file/],
    ['kafka-ml+http://h', /number of a training result/],
    ['kafka-ml+http://h/', /number of a training result/],
    ['kafka-ml+http://h/results/model/x', /number of a training result/],
    ['kafka-ml+http://h/1/', /number of a training result/],
    ['kafka-ml+http://h/1?x=2', /number of a training result/],
    ['kafka-ml+ftp://h/1', /number of a training result/],
    ['kafka-ml:1', /the path of a model file/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => modelSource(text, { folder }), { code: 'ERR_CONFIG', message })
    })
  }

  it('refuses a digest that is none', () => {
    for (const sha256 of ['', 'ab', `${digest}0`, 'g'.repeat(64)]) {
      assert.throws(() => modelSource('x', { folder, sha256 }), /64 hexadecimal digits/)
    }
  })

  it('sends the credentials of an address by a header, and shows them nowhere', async () => {
    const source = modelSource('https://me:p%40ss@h/x?token=hidden', { folder })
    assert.equal(sourceText(source), 'https://h/x?…')
    assert.doesNotMatch(inspect({ ...source, address: '', url: '' }), /p%40ss|p@ss|hidden/)
    assert.doesNotMatch(JSON.stringify(source), /p%40ss|p@ss/)
    assert.equal(
      source.kind === 'web' && (await source.authorization?.()),
      `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    )
    assert.throws(
      () => modelSource('http://me:secret@h/x?token=hidden', { folder }),
      (error) => {
        assert.doesNotMatch(String(error), /secret|hidden/)
        return true
      },
    )
  })
})

describe('withoutSecrets()', () => {
  for (const [text, shown] of [
    ['models/a?b@c.h5', 'models/a?b@c.h5'],
    ['https://u:p@h/x', 'https://h/x'],
    ['https://u:p@q@h/x?y', 'https://h/x?…'],
    ['kafka-ml+http://u@h/1', 'kafka-ml+http://h/1'],
    ['https://h/@x', 'https://h/@x'],
  ] as const) {
    it(`shows ${text} as ${shown}`, () => {
      assert.equal(withoutSecrets(text), shown)
    })
  }
})

describe('modelName()', () => {
  for (const [text, name] of [
    ['models/edge.keras', 'edge'],
    ['https://h/models/edge.h5?v=1.2', 'edge'],
    ['https://h/', ''],
    ['https://', ''],
    ['kafka-ml+http://h/7', ''],
  ] as const) {
    it(`is "${name}" for ${text}`, () => {
      assert.equal(modelName(text), name)
    })
  }
})
