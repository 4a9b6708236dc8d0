import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { Now } from '../../std/clock.ts'
import { fileCache } from '../../std/file-cache.ts'
import { MODEL_FILE_BYTES_MAX } from '../limits.ts'
import type { RunnableModel } from '../session.ts'
import { decodeRunnable, encodeRunnable } from './runnable-bytes.ts'

/** Models as they were converted once. */
export interface PreparedCache {
  /** The model, whose bytes were checked; undefined where there is none, or another converter made it. */
  read(from: ConvertedFrom): Promise<RunnableModel | undefined>
  /** Throws the system's errors. */
  write(from: ConvertedFrom, model: RunnableModel): Promise<void>
}

/** What a converted model depends on. */
export interface ConvertedFrom {
  /** Of the file. */
  readonly sha256: string
  /** Of a SavedModel, where one was asked for. */
  readonly signature?: string | undefined
}

/** What made the models of a cache, and a clock. */
export interface PreparedCacheOptions {
  readonly converter: string
  readonly now: Now
}

/** Of all models: as much as their files may take. */
const MODELS_BYTES_MAX: number = 2 * MODEL_FILE_BYTES_MAX

/** The cache in `folder`, which other processes, and other versions of Fogline, may use too. */
export function preparedCache(
  folder: string,
  { converter, now }: PreparedCacheOptions,
): PreparedCache {
  const files = fileCache(join(folder, 'converted'), { bytesMax: MODELS_BYTES_MAX, now })
  const nameOf = ({ sha256, signature }: ConvertedFrom) =>
    hash('sha256', JSON.stringify([sha256, signature ?? null, converter]), 'hex')
  return {
    read: async (from) => {
      const bytes = await files.read(nameOf(from))
      const model = bytes && decodeRunnable(bytes)
      if (bytes && !model) await files.remove(nameOf(from))
      return model
    },
    write: (from, model) => files.write(nameOf(from), encodeRunnable(model)),
  }
}
