import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const MAIN = new URL('../../src/functions/inference.main.ts', import.meta.url)
const MODEL = new URL('../../examples/digits/models/edge.keras', import.meta.url)
const ENV = {
  FOGLINE_MODEL: fileURLToPath(MODEL),
  FOGLINE_NAME: 'edge',
  FOGLINE_PORT: '0',
}

interface Heard {
  readonly kind: string
  readonly port?: number
  readonly message?: string
}

function forked(env: Record<string, string>): ChildProcess {
  return fork(MAIN, { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

async function heardFrom(child: ChildProcess | Worker): Promise<Heard> {
  const [message] = await once(child, 'message')
  return message
}

async function assertServes({ kind, port }: Heard): Promise<void> {
  assert.equal(kind, 'listening')
  const response = await fetch(`http://127.0.0.1:${port}/v2/models/edge/ready`)
  assert.equal(response.status, 200)
}

describe('inference.main.ts', () => {
  for (const [how, stop] of [
    ['SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
    ['the message stop', (child: ChildProcess) => child.send({ kind: 'stop' })],
    ['the end of its parent', (child: ChildProcess) => child.disconnect()],
  ] as const) {
    it(`announces its port from a process, serves, and ends on ${how}`, async () => {
      const child = forked(ENV)
      await assertServes(await heardFrom(child))
      stop(child)
      assert.deepEqual(await once(child, 'exit'), [0, null])
    })
  }

  it('announces its port from a worker thread, serves, and ends on the message stop', async () => {
    const worker = new Worker(MAIN, { env: ENV, execArgv: [] })
    await assertServes(await heardFrom(worker))
    worker.postMessage({ kind: 'stop' })
    assert.deepEqual(await once(worker, 'exit'), [0])
  })

  const env = { ...ENV, FOGLINE_PREDICTION: 'nothing' }
  for (const [where, start] of [
    ['a process', () => forked(env)],
    ['a worker thread', () => new Worker(MAIN, { env, execArgv: [] })],
  ] as const) {
    it(`tells why it cannot start, from ${where}`, async () => {
      const parent: ChildProcess | Worker = start()
      const ended = once(parent, 'exit')
      const { kind, message } = await heardFrom(parent)
      assert.equal(kind, 'failed')
      assert.match(message ?? '', /no output "nothing"/)
      assert.equal((await ended)[0], 1)
    })
  }
})
