import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startModelServer } from '../../tests/fixtures/model-server.ts'
import { isFoglineError, messageOf } from '../std/errors.ts'
import { parsePipeline } from './parse-pipeline.ts'
import { planPipeline } from './plan.ts'
import { selectTiers } from './select-tiers.ts'

const folder = fileURLToPath(new URL('../../examples/digits/models', import.meta.url))
const parse = (text: string) => parsePipeline(text, { file: 'fogline.yaml', folder })

/** Of the first tier: the outputs that were chosen. */
async function chosen(text: string, tiers: readonly string[] = []) {
  const [plan] = await planPipeline(selectTiers(parse(text), tiers))
  return [plan?.prediction, plan?.features]
}

describe('planPipeline()', () => {
  it('takes for features what the tier above takes', async () => {
    const text = 'tiers: [edge.keras, fog.keras, cloud.keras]'
    assert.deepEqual(await chosen(text), ['edge_exit', 'edge_features'])
    assert.deepEqual(await chosen(text, ['edge']), ['edge_exit', 'edge_features'])
    assert.deepEqual(await chosen(text, ['cloud']), ['cloud_exit', undefined])
  })

  it('gets models from servers, but none of a tier above that runs elsewhere', async () => {
    const model = await readFile(join(folder, 'edge.keras'))
    await using server = await startModelServer((_request, response) => response.end(model))
    const allowed = 'allowHttp: true, allowPrivate: true'
    const named = 'outputs: { prediction: edge_exit, features: edge_features }'
    const pipeline = selectTiers(
      parse(`tiers:
  - { name: edge, model: { address: "${server.origin}/edge", ${allowed} }, ${named} }
  - { name: fog, model: { address: "${server.origin}/fog", ${allowed} } }`),
      ['edge'],
    )
    const [plan] = await planPipeline(pipeline)
    assert.equal(plan?.sha256, hash('sha256', model))
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      ['/edge'],
    )
  })

  it('needs no model of a tier above that runs elsewhere', async () => {
    const text = 'tiers: [edge.keras, elsewhere.keras]'
    assert.deepEqual(await chosen(text, ['edge']), ['edge_exit', 'edge_features'])
    const named = 'outputs: { prediction: edge_exit, features: edge_features }'
    const both = `tiers: [{ model: edge.keras, ${named} }, elsewhere.keras]`
    assert.deepEqual(await chosen(both, ['edge']), ['edge_exit', 'edge_features'])
  })

  it('refuses features that do not fit a model above that is here, though it runs elsewhere', async () => {
    const named = 'outputs: { prediction: edge_exit, features: edge_features }'
    const text = `tiers: [{ model: edge.keras, ${named} }, cloud.keras]`
    await assert.rejects(chosen(text, ['edge']), {
      code: 'ERR_CONFIG',
      message: /^Cannot use tier "edge": its features "edge_features" do not fit the tier above: /,
    })
  })

  it('says that the model above is elsewhere where outputs leave it open', async () => {
    const nested = '../../../tests/fixtures/models/nested.keras3.keras'
    await assert.rejects(chosen(`tiers: [${nested}, elsewhere.keras]`, ['nested-keras3']), {
      code: 'ERR_CONFIG',
      message:
        'Cannot use tier "nested-keras3": the model of the tier above, "elsewhere", is not here',
    })
    const named = 'outputs: { prediction: exit, features: mid }'
    const text = `tiers: [{ model: ${nested}, name: a, ${named} }, elsewhere.keras]`
    assert.deepEqual(await chosen(text, ['a']), ['exit', 'mid'])
  })

  it('refuses a tier that gives no features, though the model above is elsewhere', async () => {
    await assert.rejects(chosen('tiers: [cloud.keras, elsewhere.keras]', ['cloud']), {
      message: 'Cannot use tier "cloud": its model has one output, no features for the tier above',
    })
  })

  const avro = (input: string) =>
    `tiers: [{ model: cloud.keras, input: { format: avro, ${input} } }]`

  it("reads the schema of a tier's Avro values from its file", async () => {
    const file = fileURLToPath(new URL('../../tests/fixtures/avro/reading.avsc', import.meta.url))
    const [plan] = await planPipeline(parse(avro(`schema: '${file}', fields: [values]`)))
    assert.equal(plan?.input.schema?.type.name, 'org.example.Reading')
  })

  for (const [what, input, message] of [
    [
      'a schema that is not there',
      'schema: none.avsc',
      /its schema ".*none.avsc" cannot be used: ENOENT/,
    ],
    [
      'a schema that is none',
      'schema: { type: tensor }',
      /its input.schema cannot be used: .*tensor/,
    ],
    ['a schema without a sample', 'schema: { type: string }', /Cannot use Avro schema: string/],
    ['a model for a schema', 'schema: cloud.keras', /its schema ".*cloud.keras" cannot be used: /],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(
        planPipeline(parse(avro(input))),
        (error) => isFoglineError(error, 'ERR_CONFIG') && message.test(messageOf(error)),
      )
    })
  }
})
