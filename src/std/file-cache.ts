import { randomUUID } from 'node:crypto'
import { access, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Now } from './clock.ts'

/**
 * Files by name in one folder, which other processes may use too. What is written is there as a whole
 * or not at all; what was longest not used goes first. It does not know whether a file is still what
 * was written: its user has to.
 */
export interface FileCache {
  /** The content of `name`, which counts as used now; undefined where there is none to be read. */
  read(name: string): Promise<Uint8Array | undefined>
  has(name: string): Promise<boolean>
  /**
   * Keeps `parts`, one behind the other, under `name`, and deletes others where all take too much.
   * Throws the system's errors.
   */
  write(name: string, parts: readonly Uint8Array[]): Promise<void>
  remove(name: string): Promise<void>
}

/** Bounds and clock of a cache. */
export interface FileCacheOptions {
  /** Of all files together; the one that was written last stays in any case. */
  readonly bytesMax: number
  readonly now: Now
}

/** Only the user's own programs may change what is taken for granted later. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/** What is written under another name first; a program that died left some behind. */
const TEMPORARY = '.tmp'
/** Nothing is written for so long. */
const TEMPORARY_AGE_MS_MAX = 3_600_000

/** The cache in `folder`, which is made at the first write. */
export function fileCache(folder: string, options: FileCacheOptions): FileCache {
  return {
    read: async (name) => {
      const path = join(folder, name)
      const bytes = await readWhole(path, options.bytesMax)
      const used = new Date(options.now())
      // Another user's cache can be read, but not be touched.
      if (bytes) await utimes(path, used, used).catch(() => {})
      return bytes
    },
    has: (name) =>
      access(join(folder, name)).then(
        () => true,
        () => false,
      ),
    write: async (name, parts) => {
      await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
      await writeWhole(join(folder, name), parts)
      await evict(folder, name, options)
    },
    remove: (name) => rm(join(folder, name), { force: true }),
  }
}

async function readWhole(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  const file = await open(path).catch(() => undefined)
  if (!file) return undefined
  try {
    const stats = await file.stat()
    if (!stats.isFile() || stats.size > bytesMax) return undefined
    // `readFile` gathers parts, and takes twice the memory.
    const whole = Buffer.allocUnsafeSlow(stats.size)
    const { bytesRead } = await file.read(whole)
    return bytesRead === whole.length ? whole : undefined
  } catch {
    return undefined
  } finally {
    await file.close()
  }
}

async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${randomUUID()}${TEMPORARY}`
  try {
    const file = await open(temporary, 'wx', FILE_MODE)
    try {
      for (const part of parts) await file.writeFile(part)
      // Without it, a power cut may leave a name without its content.
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

interface Entry {
  readonly name: string
  readonly path: string
  readonly sizeBytes: number
  readonly usedMs: number
}

/** Deletes what is too much, but never `kept`. Another process may do so at the same time. */
async function evict(
  folder: string,
  kept: string,
  { bytesMax, now }: FileCacheOptions,
): Promise<void> {
  const entries = await entriesOf(folder)
  const isTemporary = ({ name }: Entry) => name.endsWith(TEMPORARY)
  const dead = entries.filter(
    (entry) => isTemporary(entry) && now() - entry.usedMs > TEMPORARY_AGE_MS_MAX,
  )
  const files = entries.filter((entry) => !isTemporary(entry))
  const oldestFirst = files.toSorted((left, right) => left.usedMs - right.usedMs)
  let sizeBytes = files.reduce((sum, entry) => sum + entry.sizeBytes, 0)
  for (const entry of oldestFirst) {
    if (sizeBytes <= bytesMax) break
    if (entry.name === kept) continue
    sizeBytes -= entry.sizeBytes
    dead.push(entry)
  }
  await Promise.all(dead.map(({ path }) => rm(path, { force: true }).catch(() => {})))
}

async function entriesOf(folder: string): Promise<readonly Entry[]> {
  const names = await readdir(folder)
  const entries = names.map(async (name): Promise<Entry | undefined> => {
    const path = join(folder, name)
    const stats = await stat(path).catch(() => undefined)
    return stats && { name, path, sizeBytes: stats.size, usedMs: stats.mtimeMs }
  })
  return (await Promise.all(entries)).filter((entry) => entry !== undefined)
}
