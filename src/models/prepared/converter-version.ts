import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageVersion } from '../../std/package-version.ts'

/** What converts models: this room, and the tensors of the one below. */
const FOLDERS: readonly URL[] = [
  new URL('../', import.meta.url),
  new URL('../../core/', import.meta.url),
]

/**
 * Changes whenever this program might convert a model in another way: a digest of the package's version
 * and of the names, sizes and times of its files, built or not. It takes a millisecond.
 */
export function converterVersion(): string {
  const digest = createHash('sha256').update(packageVersion())
  for (const folder of FOLDERS.map((url) => fileURLToPath(url))) {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
    for (const file of files.toSorted()) {
      const { size, mtimeMs } = statSync(file)
      digest.update(`${relative(folder, file)} ${size} ${mtimeMs}\n`)
    }
  }
  return digest.digest('hex')
}
