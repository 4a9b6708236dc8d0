import assert from 'node:assert/strict'
import { it } from 'node:test'
import { packageVersion } from './package-version.ts'

it('packageVersion() is three numbers', () => {
  assert.match(packageVersion(), /^\d+\.\d+\.\d+/)
})
