import { FoglineError } from '../../std/errors.ts'

/** SQLite's primary result codes (sqlite.org/rescode.html) that a user can do something about. */
export const SQLITE_BUSY = 5
const REASONS: Readonly<Record<number, string>> = {
  8: 'it may only be read (make folder and files writable)',
  10: 'the disk failed to read or write',
  11: 'its file is damaged (restore a copy, or remove the folder to start empty)',
  13: 'the disk is full (free some space; the broker then goes on)',
  14: 'its file cannot be opened (a writable folder)',
  26: 'its file is not a database (restore a copy, or remove the folder to start empty)',
}

/** ERR_BROKER for what SQLite or the file system threw while the broker tried to do `action`. */
export function failure(action: string, cause: unknown): FoglineError {
  if (cause instanceof FoglineError) return cause
  const reason = REASONS[sqliteCode(cause) ?? -1]
  const message = reason === undefined ? `Cannot ${action}` : `Cannot ${action}: ${reason}`
  return new FoglineError(message, { code: 'ERR_BROKER', cause })
}

/** SQLite's primary result code in `error`, or undefined if it is of another kind. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}
