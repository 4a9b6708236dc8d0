import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
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
        const [printed] = await once(child.stdout, 'data')
        assert.match(String(printed), new RegExp(`kafka://127\\.0\\.0\\.1:${port}\\n`))
        assert.ok(await isTaken(port))
      } finally {
        child.kill(signal)
      }
      assert.equal((await exited)[0], code)
      await until(async () => !(await isTaken(port)))
    })
  }

  it('says that its port is taken', async () => {
    const server = createServer().listen(await freePort(), '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await failed(['--port', String(port)])
    server.close()
    assert.match(stderr, /^Cannot start a Kafka broker: .*Address already in use/)
    assert.equal(code, 1)
  })

  for (const args of [
    ['--brokers', '4'],
    ['--port', 'x'],
  ]) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stderr } = await failed(args)
      assert.ok(stderr.startsWith(`${args[0]} is "${args[1]}"`), stderr)
      assert.equal(code, 1)
    })
  }
})

async function failed(args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { code, stderr }
}

async function isTaken(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
