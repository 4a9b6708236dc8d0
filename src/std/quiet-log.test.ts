import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { LogFields } from './log.ts'
import { quietLog } from './quiet-log.ts'

it('quietLog() writes a message once in a while, and says how often it was left out', () => {
  const lines: [string, LogFields | undefined][] = []
  let nowMs = 0
  const log = quietLog((_level, message, fields) => lines.push([message, fields]), {
    now: () => nowMs,
    everyMs: 1_000,
  })
  log('warn', 'away', { attempt: 1 })
  log('warn', 'away', { attempt: 2 })
  log('warn', 'full')
  nowMs = 1_000
  log('warn', 'away', { attempt: 3 })
  assert.deepEqual(lines, [
    ['away', { attempt: 1 }],
    ['full', {}],
    ['away', { attempt: 3, leftOut: 1 }],
  ])
})
