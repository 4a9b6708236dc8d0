import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Where copies of models are kept: FOGLINE_CACHE, else `fogline` in XDG_CACHE_HOME, else
 * `.cache/fogline` at home (XDG Base Directory Specification).
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  if (env.FOGLINE_CACHE) return resolve(env.FOGLINE_CACHE)
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fogline')
}
