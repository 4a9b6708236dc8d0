import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { type JsonSchema, knownKeys, pipelineJsonSchema } from './json-schema.ts'

it('schema/pipeline.json is what pipelineJsonSchema() gives (else: node tools/schema.ts)', async () => {
  const file = new URL('../../schema/pipeline.json', import.meta.url)
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), pipelineJsonSchema())
})

it('pipelineJsonSchema() describes every field', () => {
  const bare: string[] = []
  const visit = (schema: JsonSchema, path: string): void => {
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      if (!inner.description) bare.push(`${path}.${key}`)
      visit(inner, `${path}.${key}`)
    }
    for (const inner of schema.anyOf ?? []) visit(inner, path)
    if (schema.items) visit(schema.items, path)
    if (schema.additionalProperties) visit(schema.additionalProperties, `${path}.*`)
  }
  visit(pipelineJsonSchema(), '')
  assert.deepEqual(bare, [])
})

it('knownKeys() names the keys of a mapping, and none where there is no mapping', () => {
  assert.deepEqual(knownKeys(['tiers', 3, 'exit']), ['metric', 'threshold', 'from', 'temperature'])
  assert.deepEqual(knownKeys(['tiers', 0, 'model', 'x']), [])
  assert.deepEqual(knownKeys(['constructor']), [])
})
