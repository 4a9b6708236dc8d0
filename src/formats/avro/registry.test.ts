import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type RegistryDouble, registryDouble } from '../../../tests/fixtures/registry-double.ts'
import { isFoglineError, messageOf } from '../../std/errors.ts'
import { type SchemaRegistry, schemaRegistry } from './registry.ts'

const never = new AbortController().signal
const point = { type: 'record', name: 'org.example.Point', fields: [{ name: 'x', type: 'float' }] }
const path = { type: 'array', items: 'org.example.Point' }
const text = (schema: unknown) => JSON.stringify(schema)

describe('schemaRegistry()', () => {
  let double: RegistryDouble
  let registry: SchemaRegistry

  before(async () => {
    double = await registryDouble({ 1: { type: 'array', items: 'float' } })
    registry = schemaRegistry({ url: double.url })
  })
  beforeEach(() => {
    double.answer = undefined
    double.asked.length = 0
  })
  after(async () => {
    await registry.close()
    await double.stop()
  })

  it('gives the schema of an id', async () => {
    assert.equal((await registry.schema(1, never)).type.typeName, 'array')
    assert.deepEqual(double.asked, ['/schemas/ids/1'])
  })

  it('finds what a schema refers to, each once, in whatever order', async () => {
    const points = { name: 'org.example.Point', subject: 'points/v', version: 3 }
    const line = { type: 'record', name: 'Line', fields: [{ name: 'at', type: path }] }
    double.byId.set(2, {
      schema: text({
        type: 'record',
        name: 'Two',
        fields: [
          { name: 'a', type: 'Line' },
          { name: 'b', type: point.name },
        ],
      }),
      references: [{ name: 'Line', subject: 'line', version: 1 }, points],
    })
    double.bySubject.set('line/1', { schema: text(line), references: [points] })
    double.bySubject.set('points/v/3', { schema: text(point) })
    assert.equal((await registry.schema(2, never)).type.name, 'Two')
    assert.deepEqual(double.asked, [
      '/schemas/ids/2',
      '/subjects/line/versions/1',
      '/subjects/points%2Fv/versions/3',
    ])
  })

  it('proves who it is, with the password of the moment', async () => {
    const passwords = ['old', 'new']
    const own = schemaRegistry({
      url: `${double.url}/`,
      username: 'edge',
      password: () => passwords.shift() ?? '',
    })
    const seen: unknown[] = []
    double.answer = (headers) => {
      seen.push(headers.authorization)
      return undefined
    }
    await own.schema(1, never)
    await own.schema(1, never)
    await own.close()
    assert.deepEqual(
      seen,
      ['edge:old', 'edge:new'].map((pair) => `Basic ${Buffer.from(pair).toString('base64')}`),
    )
  })

  it('asks below the path of its address', async () => {
    const own = schemaRegistry({ url: `${double.url}/apis/ccompat/v7` })
    await assert.rejects(own.schema(1, never), { code: 'ERR_UNAVAILABLE' })
    await own.close()
    assert.deepEqual(double.asked, ['/apis/ccompat/v7/schemas/ids/1'])
  })

  const circle = [{ name: 'A', subject: 'a', version: 1 }]
  for (const [what, answer, message] of [
    ['that it does not know', undefined, /does not know it: Schema 7 not found/],
    [
      'that is no Avro',
      { schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' },
      /is PROTOBUF \(only AVRO\)/,
    ],
    ['that is broken', { schema: '{"type":"record"}' }, /Cannot use Avro schema/],
    ['whose references are lost', { schema: '"A"', references: circle }, /Subject 'a' not found/],
    [
      'whose references make no sense',
      { schema: '"A"', references: [7] },
      /references cannot be read/,
    ],
    ['that is too large', { schema: `"${'x'.repeat(5_000_000)}"` }, /is too large/],
  ] as const) {
    it(`throws ERR_TENSOR for a schema ${what}`, async () => {
      if (answer) double.byId.set(7, answer)
      else double.byId.delete(7)
      await assert.rejects(
        registry.schema(7, never),
        (error) => isFoglineError(error, 'ERR_TENSOR') && message.test(messageOf(error)),
      )
    })
  }

  it('throws ERR_TENSOR for references in a circle, or without end', async () => {
    double.byId.set(7, { schema: '"A"', references: circle })
    double.bySubject.set('a/1', { schema: '"A"', references: circle })
    await assert.rejects(registry.schema(7, never), { code: 'ERR_TENSOR' })
    for (let number = 1; number <= 101; number++) {
      const references = [{ name: 'A', subject: 'a', version: number + 1 }]
      double.bySubject.set(`a/${number}`, { schema: '"int"', references })
    }
    await assert.rejects(registry.schema(7, never), { message: /more than 100 references/ })
    double.bySubject.clear()
  })

  for (const [what, status, body] of [
    ['a failure', 500, '{"error_code":50001,"message":"store"}'],
    ['too many calls', 429, ''],
    ['a wrong password', 401, '{"error_code":401,"message":"Unauthorized"}'],
    ['a 404 of a proxy', 404, '<html>'],
    ['a 404 of another address', 404, '{"error_code":404,"message":"HTTP 404 Not Found"}'],
    ['a page for a schema', 200, '<html>'],
    ['JSON for a schema', 200, '{"id":1}'],
  ] as const) {
    it(`throws ERR_UNAVAILABLE for ${what}`, async () => {
      double.answer = () => ({ status, body })
      await assert.rejects(registry.schema(1, never), {
        code: 'ERR_UNAVAILABLE',
        message: new RegExp(`the registry answers ${status} to /schemas/ids/1`),
      })
    })
  }

  it('throws ERR_UNAVAILABLE where there is none', async () => {
    await double.stop()
    await assert.rejects(registry.schema(1, never), { code: 'ERR_UNAVAILABLE' })
    await double.start()
    assert.ok(await registry.schema(1, never))
  })

  it('throws what the signal was aborted with', async () => {
    const reason = new Error('stop')
    await assert.rejects(registry.schema(1, AbortSignal.abort(reason)), reason)
  })
})
