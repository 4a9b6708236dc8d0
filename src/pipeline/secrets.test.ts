import assert from 'node:assert/strict'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { secretOf } from './secrets.ts'

describe('secretOf()', () => {
  it('reads a variable anew at each call', async () => {
    const env: Record<string, string> = { P: 'one' }
    const secret = secretOf({ env: 'P' }, { owner: 'broker "b"', folder: '/', env })
    assert.equal(await secret(), 'one')
    env.P = ' two\n'
    assert.equal(await secret(), ' two\n')
  })

  it('reads a file anew at each call, without the line feed at its end', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'secrets-'))
    const path = join(folder.path, 'token')
    const secret = secretOf(
      { file: 'token' },
      { owner: 'broker "b"', folder: folder.path, env: {} },
    )
    for (const [content, text] of [
      ['one', 'one'],
      ['two\n', 'two'],
      ['three\r\n', 'three'],
      ['-----\nfour\n-----\n', '-----\nfour\n-----'],
      ['five\n\n', 'five\n'],
    ] as const) {
      await writeFile(path, content)
      assert.equal(await secret(), text)
    }
  })

  it('names broker and place where there is none, never a content', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'secrets-'))
    const at = (name: string) => join(folder.path, name)
    await mkdir(at('folder'))
    await writeFile(at('empty'), '\n')
    await writeFile(at('large'), 'hunter2'.repeat(200_000))
    const env = { EMPTY: '' }
    for (const [reference, state] of [
      [{ env: 'MISSING' }, 'environment variable "MISSING" is not set'],
      [{ env: 'EMPTY' }, 'environment variable "EMPTY" is empty'],
      [{ file: 'missing' }, `file "${at('missing')}" does not exist`],
      [{ file: 'empty' }, `file "${at('empty')}" is empty`],
      [{ file: 'folder' }, `file "${at('folder')}" is not a file`],
      [{ file: 'empty/x' }, `file "${at('empty/x')}" cannot be read (ENOTDIR)`],
      [{ file: 'large' }, `file "${at('large')}" has 1400000 bytes (at most 1048576)`],
    ] as const) {
      const secret = secretOf(reference, { owner: 'broker "cloud"', folder: folder.path, env })
      await assert.rejects(async () => secret(), {
        code: 'ERR_CONFIG',
        message: `Cannot use broker "cloud": ${state}`,
      })
    }
  })
})
