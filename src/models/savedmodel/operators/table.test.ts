import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { OPERATION_NAMES } from './table.ts'

it('docs/reference/savedmodel.md lists exactly the operations that are converted', () => {
  const page = new URL('../../../../docs/reference/savedmodel.md', import.meta.url)
  const [, section = ''] = readFileSync(page, 'utf8').split('## Operations')
  const listed = [...(section.split('## ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name)
  assert.deepEqual(listed.toSorted(), OPERATION_NAMES.toSorted())
})
