import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { Now } from '../../std/clock.ts'
import { fileCache } from '../../std/file-cache.ts'
import { MODEL_FILE_BYTES_MAX } from '../limits.ts'
import type { Validators } from './fetch-once.ts'
import { SHA256_PATTERN } from './model-source.ts'

/** Model files by their digest, and which of them an address led to. */
export interface ModelCache {
  /** The file with this digest, whose content was checked; undefined where there is none. */
  file(sha256: string): Promise<Uint8Array | undefined>
  /** What `url` led to, if that file is still there. */
  recall(url: string): Promise<KnownFile | undefined>
  /** Keeps a file, and that `url` led to it. Throws the system's errors. */
  keep(url: string, file: KnownFile & { readonly bytes: Uint8Array }): Promise<void>
}

/** A file that an address led to. */
export interface KnownFile {
  readonly sha256: string
  readonly validators: Validators
}

/** Of all files: two of the largest kind, or a few dozen of the models that edges run. */
const FILES_BYTES_MAX: number = 2 * MODEL_FILE_BYTES_MAX

/** Of all notes on addresses: five thousand of them. */
const NOTES_BYTES_MAX: number = 1024 ** 2

/** What a header of a note may be; longer ones are not worth a note. */
const VALIDATOR_CHARACTERS_MAX = 1000

/** The cache in `folder`, which other processes may use too. */
export function modelCache(folder: string, now: Now): ModelCache {
  const files = fileCache(join(folder, 'models'), { bytesMax: FILES_BYTES_MAX, now })
  const notes = fileCache(join(folder, 'addresses'), { bytesMax: NOTES_BYTES_MAX, now })
  return {
    file: async (sha256) => {
      const bytes = await files.read(sha256)
      if (!bytes || hash('sha256', bytes, 'hex') === sha256) return bytes
      await files.remove(sha256)
      return undefined
    },
    recall: async (url) => {
      const known = parseNote(await notes.read(noteName(url)))
      return known && (await files.has(known.sha256)) ? known : undefined
    },
    keep: async (url, { bytes, sha256, validators }) => {
      await files.write(sha256, [bytes])
      const note = Buffer.from(JSON.stringify({ sha256, ...validators }))
      await notes.write(noteName(url), [note])
    },
  }
}

/** An address may hold a secret, and is no name of a file. */
function noteName(url: string): string {
  return hash('sha256', url, 'hex')
}

function parseNote(bytes: Uint8Array | undefined): KnownFile | undefined {
  try {
    const note: unknown = JSON.parse(Buffer.from(bytes ?? []).toString('utf8'))
    if (typeof note !== 'object' || note === null) return undefined
    const { sha256, etag, lastModified } = note as Readonly<Record<string, unknown>>
    if (typeof sha256 !== 'string' || !SHA256_PATTERN.test(sha256)) return undefined
    const validators = {
      ...(isValidator(etag) && { etag }),
      ...(isValidator(lastModified) && { lastModified }),
    }
    return { sha256, validators }
  } catch {
    return undefined
  }
}

/** What may stand in a header of a request. */
function isValidator(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= VALIDATOR_CHARACTERS_MAX &&
    /^[\x20-\x7e]+$/.test(value)
  )
}
