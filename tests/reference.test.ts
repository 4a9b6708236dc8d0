import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { modelsPage } from '../tools/reference/models-page.ts'

it('docs/reference/models.md is what modelsPage() gives (else: npm run reference)', async () => {
  const page = await readFile(new URL('../docs/reference/models.md', import.meta.url), 'utf8')
  assert.equal(page, modelsPage())
})
