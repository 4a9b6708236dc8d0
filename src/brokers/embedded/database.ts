import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { FoglineError } from '../../std/errors.ts'
import { failure, SQLITE_BUSY, sqliteCode } from './failure.ts'
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION, SETTINGS } from './schema.ts'

/** The database file in the broker's folder. */
export const DATABASE_FILE = 'broker.db'

/** Who has the folder open; only for the message to others, SQLite's lock is what counts. */
const OWNER_FILE = 'owner.pid'

/** A process that was just killed may hold its lock a moment longer. */
const LOCK_WAIT_MS = 250

/** A database in memory, gone when it is closed. */
export function openMemory(): DatabaseSync {
  return prepare(new DatabaseSync(':memory:'))
}

/**
 * The database in `folder`, both created where missing, for this process alone. ERR_BROKER if another
 * process (or another broker of this one) has it open, or it cannot be read or written.
 */
export function openFolder(folder: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    mkdirSync(folder, { recursive: true })
    database = new DatabaseSync(join(folder, DATABASE_FILE), { timeout: LOCK_WAIT_MS })
    prepare(database)
    writeOwner(folder)
    return database
  } catch (cause) {
    database?.close()
    if (sqliteCode(cause) === SQLITE_BUSY) throw inUse(folder, cause)
    throw failure(`open embedded broker "${folder}"`, cause)
  }
}

function prepare(database: DatabaseSync): DatabaseSync {
  database.exec(SETTINGS)
  database.exec('BEGIN EXCLUSIVE')
  const version = pragma(database, 'user_version')
  if (version === 0 && pragma(database, 'schema_version') === 0) {
    database.exec(SCHEMA)
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
  } else if (pragma(database, 'application_id') !== APPLICATION_ID || version !== SCHEMA_VERSION) {
    throw new FoglineError(
      `Cannot open database "${DATABASE_FILE}": it is of another program or another version of this ` +
        `one (version ${SCHEMA_VERSION}, not ${version})`,
      { code: 'ERR_BROKER' },
    )
  }
  database.exec('COMMIT')
  return database
}

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name]
}

function writeOwner(folder: string): void {
  writeFileSync(join(folder, OWNER_FILE), `${process.pid}\n`)
}

function inUse(folder: string, cause: unknown): FoglineError {
  return new FoglineError(
    `Cannot open embedded broker "${folder}": ${owner(folder)} has it open (one process at a time; ` +
      'other programs reach it through the door of `fogline up`)',
    { code: 'ERR_BROKER', cause },
  )
}

function owner(folder: string): string {
  try {
    const id = Number(readFileSync(join(folder, OWNER_FILE), 'utf8'))
    return id === process.pid ? 'this process' : `process ${id}`
  } catch {
    return 'another process'
  }
}
