import { cacheFolder } from '../models/sources/cache-folder.ts'
import type { ReadOptions } from '../models/sources/read-model.ts'
import { textLog } from '../std/log.ts'
import type { Terminal } from './terminal.ts'

/** How commands get models: from the user's cache, until Ctrl-C, with warnings, or with all that is said. */
export function readOptions(terminal: Terminal): ReadOptions & { readonly cacheFolder: string } {
  const log = textLog(terminal.err, Date.now)
  return {
    cacheFolder: cacheFolder(terminal.env),
    signal: terminal.signal,
    log: (level, message, fields) => {
      const matters = level === 'warn' || level === 'error'
      if (terminal.isVerbose || matters) log(level, message, fields)
    },
  }
}
