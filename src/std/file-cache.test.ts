import assert from 'node:assert/strict'
import { mkdtempDisposable, readdir, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type FileCache, fileCache } from './file-cache.ts'

/** A cache of 10 bytes, with a clock that moves on by a minute at each look. */
async function inFolder(use: (cache: FileCache, folder: string) => Promise<void>): Promise<void> {
  await using root = await mkdtempDisposable(join(tmpdir(), 'file-cache-'))
  const folder = join(root.path, 'inner', 'cache')
  let minutes = Date.now() / 60_000
  await use(fileCache(folder, { bytesMax: 10, now: () => ++minutes * 60_000 }), folder)
}

const bytes = (text: string) => [new TextEncoder().encode(text)]
const text = (content: Uint8Array | undefined) => content && new TextDecoder().decode(content)

describe('fileCache()', () => {
  it('gives back what was written last, and nothing for other names', async () => {
    await inFolder(async (cache) => {
      assert.equal(await cache.read('a'), undefined)
      assert.equal(await cache.has('a'), false)
      await cache.write('a', bytes('one'))
      await cache.write('a', bytes('two'))
      assert.equal(text(await cache.read('a')), 'two')
      assert.equal(await cache.has('a'), true)
      await cache.remove('a')
      await cache.remove('a')
      assert.equal(await cache.read('a'), undefined)
    })
  })

  it('writes parts one behind the other', async () => {
    await inFolder(async (cache) => {
      await cache.write('a', [...bytes('one '), ...bytes(''), ...bytes('two')])
      assert.equal(text(await cache.read('a')), 'one two')
      await cache.write('a', [])
      assert.equal(text(await cache.read('a')), '')
    })
  })

  it('deletes what was longest neither read nor written once all is too much', async () => {
    await inFolder(async (cache, folder) => {
      for (const name of ['a', 'b', 'c']) {
        await cache.write(name, bytes('xxx'))
        await cache.read(name)
      }
      await cache.read('a')
      await cache.write('d', bytes('xxx'))
      assert.deepEqual((await readdir(folder)).toSorted(), ['a', 'c', 'd'])
    })
  })

  it('keeps what was written last even if it takes too much by itself, but does not read it', async () => {
    await inFolder(async (cache, folder) => {
      await cache.write('a', bytes('x'))
      await cache.write('b', bytes('x'.repeat(11)))
      assert.deepEqual(await readdir(folder), ['b'])
      assert.equal(await cache.read('b'), undefined)
    })
  })

  it('is whole, whoever writes at the same time, and leaves nothing else behind', async () => {
    await inFolder(async (cache, folder) => {
      const writers = Array.from({ length: 20 }, (_, index) =>
        cache.write('a', bytes(String(index % 10).repeat(5))),
      )
      await Promise.all(writers)
      assert.match(text(await cache.read('a')) ?? '', /^(\d)\1{4}$/)
      assert.deepEqual(await readdir(folder), ['a'])
    })
  })

  it('deletes what programs left that died while they wrote, but not what is being written', async () => {
    await inFolder(async (cache, folder) => {
      await cache.write('a', bytes('x'))
      for (const name of ['old.tmp', 'new.tmp']) await writeFile(join(folder, name), 'half')
      await utimes(join(folder, 'old.tmp'), 0, 0)
      await cache.write('a', bytes('y'))
      assert.deepEqual((await readdir(folder)).toSorted(), ['a', 'new.tmp'])
    })
  })

  it('is for this user alone, and throws where it cannot write', async () => {
    await inFolder(async (cache, folder) => {
      await cache.write('a', bytes('x'))
      assert.equal((await stat(folder)).mode & 0o777, 0o700)
      assert.equal((await stat(join(folder, 'a'))).mode & 0o777, 0o600)
      const blocked = fileCache(join(folder, 'a', 'b'), { bytesMax: 10, now: Date.now })
      await assert.rejects(blocked.write('c', bytes('x')), { code: 'ENOTDIR' })
      assert.equal(await blocked.read('c'), undefined)
    })
  })

  it('gives what is there where a file was cut, for its user to notice', async () => {
    await inFolder(async (cache, folder) => {
      await cache.write('a', bytes('whole'))
      await truncate(join(folder, 'a'), 2)
      assert.equal(text(await cache.read('a')), 'wh')
    })
  })
})
