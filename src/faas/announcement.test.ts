import assert from 'node:assert/strict'
import { it } from 'node:test'
import { announcementOf } from './announcement.ts'

it('announcementOf() reads a port and a failure, without what came along', () => {
  const listening = { kind: 'listening', port: 8080 }
  assert.deepEqual(announcementOf({ ...listening, extra: 1 }), listening)
  const failed = { kind: 'failed', message: 'no model' }
  assert.deepEqual(announcementOf(failed), failed)
})

for (const message of [
  undefined,
  null,
  'listening',
  {},
  { kind: 'listening' },
  { kind: 'listening', port: 0 },
  { kind: 'listening', port: 65_536 },
  { kind: 'listening', port: '80' },
  { kind: 'failed' },
  { kind: 'stop' },
]) {
  it(`announcementOf() takes ${JSON.stringify(message)} for none`, () => {
    assert.equal(announcementOf(message), undefined)
  })
}
