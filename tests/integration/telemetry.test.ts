import assert from 'node:assert/strict'
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { zeros } from '../../src/core/tensor.ts'
import { writeNpy } from '../../src/formats/npy.ts'

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const MODEL = at('examples/digits/models/edge.keras')

const state = { folder: '' }
before(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'fogline-telemetry-'))
  await writeFile(join(state.folder, 'x.npy'), writeNpy(zeros('FP32', [28, 28, 1])))
})
after(() => rm(state.folder, { recursive: true }))

/** Nothing of ours: neither `CI` nor what `npm test` sets, either of which turns it off. */
async function cleanEnv(): Promise<Record<string, string>> {
  const home = await mkdtemp(join(state.folder, 'home-'))
  return { PATH: process.env.PATH ?? '', HOME: home, XDG_CACHE_HOME: join(home, 'cache') }
}

/** ONNX Runtime keeps an id of the machine and what it is about to send in the user's cache. */
async function traces({ HOME = '' }: Record<string, string>): Promise<readonly string[]> {
  const names = await readdir(HOME, { recursive: true })
  return names.filter((name) => /Microsoft|onnxruntime|deviceid/i.test(name))
}

it('a command leaves no trace of telemetry', async () => {
  const env = await cleanEnv()
  const args = [at('bin/fogline.js'), 'predict', MODEL, join(state.folder, 'x.npy')]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.deepEqual(await traces(env), [])
})

it('a function in a process of its own leaves no trace of telemetry', async () => {
  const env = await cleanEnv()
  const child = fork(at('src/functions/inference.main.ts'), {
    env: { ...env, FOGLINE_MODEL: MODEL, FOGLINE_NAME: 'edge', FOGLINE_PORT: '0' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [{ kind }] = await once(child, 'message')
  assert.equal(kind, 'listening')
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.deepEqual(await traces(env), [])
})
