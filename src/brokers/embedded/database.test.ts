import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { openBroker } from '../open.ts'
import { DATABASE_FILE, openFolder } from './database.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'fogline-database-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

describe('openFolder()', () => {
  it('creates the folder and those above it', (t) => {
    openFolder(join(folder(t), 'a', 'b')).close()
  })

  it('commits to disk, and keeps the file for itself', (t) => {
    const database = openFolder(folder(t))
    const value = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    assert.equal(value('synchronous'), 2)
    assert.equal(value('journal_mode'), 'wal')
    assert.equal(value('locking_mode'), 'exclusive')
    database.close()
  })

  it('refuses a folder that this process has open', (t) => {
    const path = folder(t)
    const database = openFolder(path)
    assert.throws(() => openFolder(path), {
      code: 'ERR_BROKER',
      message: /^Cannot open embedded broker ".*": this process has it open/,
    })
    database.close()
    openFolder(path).close()
  })

  it('refuses a path that is a file', (t) => {
    const path = join(folder(t), 'file')
    writeFileSync(path, '')
    assert.throws(() => openFolder(path), { code: 'ERR_BROKER', message: /Cannot open.*file"/ })
  })

  it('refuses a file that is no database', (t) => {
    const path = folder(t)
    writeFileSync(join(path, DATABASE_FILE), 'not a database '.repeat(1000))
    assert.throws(() => openFolder(path), {
      code: 'ERR_BROKER',
      message: /its file is not a database \(restore a copy, or remove the folder/,
    })
  })

  it('refuses the database of another program, and leaves it as it is', (t) => {
    const path = folder(t)
    const other = new DatabaseSync(join(path, DATABASE_FILE))
    other.exec('CREATE TABLE theirs (a)')
    other.close()
    assert.throws(() => openFolder(path), { code: 'ERR_BROKER', message: /another program/ })
    const again = new DatabaseSync(join(path, DATABASE_FILE))
    assert.equal(again.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count, 1)
    again.close()
  })

  it('refuses a file that was cut off', async (t) => {
    const path = folder(t)
    const broker = await openBroker(`embedded:${path}`)
    await broker.ensure([{ name: 't', partitions: 4 }])
    await broker.close()
    truncateSync(join(path, DATABASE_FILE), 2 * 4096)
    await assert.rejects(openBroker(`embedded:${path}`), {
      code: 'ERR_BROKER',
      message: /^Cannot open embedded broker ".*": its file is damaged/,
    })
  })
})
