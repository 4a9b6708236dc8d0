import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brokersOf } from '../../tools/kafka/brokers-of.ts'
import { freePort } from '../../tools/kafka/free-port.ts'
import { needsOwnKafka } from '../fixtures/kafka.ts'
import { until } from '../fixtures/until.ts'

const PROGRAM = fileURLToPath(new URL('../../tools/kafka.ts', import.meta.url))

describe('npm run kafka', { ...needsOwnKafka(), concurrency: 2 }, () => {
  for (const { signal, code } of [
    { signal: 'SIGINT', code: 0 },
    { signal: 'SIGKILL', code: null },
  ] as const) {
    it(`gives a Kafka that ends with it at ${signal}`, async () => {
      const port = await freePort()
      const child = spawn(process.execPath, [PROGRAM, '--port', String(port)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exited = once(child, 'exit')
      try {
        const [text] = await once(child.stdout, 'data')
        assert.match(String(text), new RegExp(`kafka://127\\.0\\.0\\.1:${port}\\n`))
        assert.deepEqual(await brokersOf(port), [1])
      } finally {
        child.kill(signal)
      }
      assert.equal((await exited)[0], code)
      await until(async () => (await brokersOf(port)).length === 0)
    })
  }

  for (const args of [
    ['--brokers', '4'],
    ['--port', 'x'],
  ]) {
    it(`refuses ${args.join(' ')}`, async () => {
      const child = spawn(process.execPath, [PROGRAM, ...args], {
        stdio: ['ignore', 'inherit', 'pipe'],
      })
      const [[text], [code]] = await Promise.all([once(child.stderr, 'data'), once(child, 'exit')])
      assert.equal(String(text).startsWith(`${args[0]} is "${args[1]}"`), true, String(text))
      assert.equal(code, 1)
    })
  }
})
