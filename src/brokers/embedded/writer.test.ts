import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { Writer } from './writer.ts'

function withTable() {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE numbers (number INTEGER PRIMARY KEY)')
  const commits: number[] = []
  const count = () => database.prepare('SELECT count(*) AS count FROM numbers').get()?.count
  const writer = new Writer(database, { name: 'it', onCommit: () => commits.push(Number(count())) })
  const insert = database.prepare('INSERT INTO numbers VALUES (?)')
  const write = (...numbers: number[]) =>
    writer.write({
      sizeBytes: 1,
      apply: () => {
        for (const number of numbers) insert.run(number)
      },
    })
  return { database, writer, write, count, commits }
}

describe('Writer', () => {
  it('gathers the writes of one turn into one commit', async () => {
    const { write, commits } = withTable()
    await Promise.all([write(1), write(2), write(3)])
    assert.deepEqual(commits, [3])
  })

  it('fails only the write at fault, and stores nothing of it', async () => {
    const { write, count } = withTable()
    const results = await Promise.allSettled([write(1), write(2, 1), write(3)])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.equal(count(), 2)
  })

  it('says what could not be written to, and keeps the cause', async () => {
    const { write } = withTable()
    await assert.rejects(write(1, 1), (error: Error) => {
      assert.equal(error.message, 'Cannot write to it')
      assert.match(String(error.cause), /UNIQUE constraint/)
      return true
    })
  })

  it('commits at once when a turn has gathered many bytes', () => {
    const { writer, count } = withTable()
    void writer.write({ sizeBytes: 4 * 1024 * 1024, apply: () => {} })
    assert.equal(count(), 0)
    const { write, commits } = withTable()
    for (let number = 0; number < 4096; number++) void write(number)
    assert.deepEqual(commits, [4096])
  })

  it('changes memory only after the commit, and once for all writes', async () => {
    const { database, writer, write } = withTable()
    const memory = { next: 0 }
    const saved: number[] = []
    const advance = (fail: boolean) =>
      writer.write({
        sizeBytes: 0,
        apply: (transaction) => {
          transaction.draft(memory, ({ next }) => saved.push(next)).next++
          assert.equal(memory.next, 0)
          if (fail) throw new Error('no')
        },
      })
    await Promise.all([advance(false), advance(false), write(1)])
    assert.deepEqual([memory.next, saved], [2, [2]])
    memory.next = 0
    await assert.rejects(advance(true))
    assert.equal(memory.next, 0)
    database.close()
  })
})
