import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { packageVersion } from '../../src/std/package-version.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Installing takes what npm has in its cache already, from `npm ci`. */
const TIME_MAX_MS = 240_000

const run = promisify(execFile)

it('the packed tarball works in an empty folder', { timeout: TIME_MAX_MS }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fogline-pack-'))
  const npm = (args: readonly string[], cwd: string) =>
    run('npm', [...args], { cwd, timeout: TIME_MAX_MS })
  try {
    await npm(['pack', '--pack-destination', folder], ROOT)
    const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
    await npm(['init', '--yes'], folder)
    const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
    await npm(['install', ...flags, `./${tarball}`], folder)
    const fogline = (...args: readonly string[]) =>
      run('npx', ['fogline', ...args], { cwd: folder, timeout: TIME_MAX_MS })
    assert.equal((await fogline('--version')).stdout, `${packageVersion()}\n`)
    const { stdout } = await fogline('demo', '--digits', '100')
    assert.ok(stdout.endsWith('\n100 of 100 digits answered\n'), stdout)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
