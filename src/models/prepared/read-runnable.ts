import { noLog } from '../../std/log.ts'
import { type PrepareOptions, prepareModel } from '../prepare.ts'
import type { RunnableModel } from '../session.ts'
import { type ModelSource, sourceText } from '../sources/model-source.ts'
import { type ReadOptions, readModel } from '../sources/read-model.ts'
import { converterVersion } from './converter-version.ts'
import { type ConvertedFrom, preparedCache } from './prepared-cache.ts'

/** A model ready to be opened, and what it was made from. */
export interface ReadRunnable {
  readonly model: RunnableModel
  /** Of the file, in hexadecimal. */
  readonly sha256: string
}

/**
 * The model that `source`, or a path, leads to: converted, or as it was converted before. One on a
 * server whose digest is pinned need not even be at hand then. Throws ERR_MODEL with the reason alone.
 */
export async function readRunnable(
  source: ModelSource | string,
  options: ReadOptions & PrepareOptions,
): Promise<ReadRunnable> {
  const { cacheFolder, now = Date.now, log = noLog } = options
  const { signature } = prepareOptions(source, options)
  const cache =
    cacheFolder === undefined
      ? undefined
      : preparedCache(cacheFolder, { converter: converterVersion(), now })
  const converted = async (from: ConvertedFrom) => {
    const model = await cache?.read(from)
    return model && { model, sha256: from.sha256 }
  }
  const pinned = typeof source === 'object' && source.kind === 'web' ? source.sha256 : undefined
  const early = pinned === undefined ? undefined : await converted({ sha256: pinned, signature })
  if (early) return early
  const file = await readModel(source, options)
  const from = { sha256: file.sha256, signature }
  // An ONNX file is what would be kept; it is checked each time.
  const isKept = file.format !== 'onnx'
  const known = isKept ? await converted(from) : undefined
  if (known) return known
  const { runnable, parts } = prepareModel(file, { signature })
  const model = { ...runnable, ...parts() }
  if (isKept) {
    await cache?.write(from, model).catch((error) => {
      log('warn', 'Cannot keep the converted model', { model: sourceText(source), error })
    })
  }
  return { model, sha256: file.sha256 }
}

/** The signature that is wanted: what the source says, else what `options` do. */
export function prepareOptions(
  source: ModelSource | string,
  { signature }: PrepareOptions,
): PrepareOptions {
  return { signature: typeof source === 'string' ? signature : (source.signature ?? signature) }
}
