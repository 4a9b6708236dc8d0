import type { Now } from '../../std/clock.ts'
import { type Delay, realDelay } from '../../std/delay.ts'
import type { Lookup } from '../../std/http-download.ts'
import { type Log, noLog } from '../../std/log.ts'
import { asModelFile, type ModelFile, readModelFile } from '../model-file.ts'
import { refuse } from '../refuse.ts'
import { FETCH_LIMITS, type FetchLimits } from './fetch-limits.ts'
import { fetchModel } from './fetch-model.ts'
import type { Validators } from './fetch-once.ts'
import { type KnownFile, type ModelCache, modelCache } from './model-cache.ts'
import type { ModelSource, WebSource } from './model-source.ts'

/** How models are got; all of it may be left out. */
export interface ReadOptions {
  /** Where copies of fetched models are kept; absent, none are. */
  readonly cacheFolder?: string | undefined
  readonly log?: Log
  readonly signal?: AbortSignal
  readonly now?: Now
  readonly random?: () => number
  readonly delay?: Delay
  readonly limits?: FetchLimits
  readonly lookup?: Lookup
}

/**
 * The model file that `source`, or a path, leads to. A pinned digest that is in the cache needs no
 * network; where a server is away, the copy that it gave last is used, with a warning. Throws ERR_MODEL
 * with the reason alone, not yet with the model's name.
 */
export async function readModel(
  source: ModelSource | string,
  options: ReadOptions = {},
): Promise<ModelFile> {
  if (typeof source === 'string') return readModelFile(source)
  if (source.kind === 'web') return readWeb(source, options)
  const file = await readModelFile(source.path)
  checkDigest(file, source.sha256)
  return file
}

async function readWeb(source: WebSource, options: ReadOptions): Promise<ModelFile> {
  const { cacheFolder, now = Date.now } = options
  const cache = cacheFolder === undefined ? undefined : modelCache(cacheFolder, now)
  if (source.sha256 !== undefined) {
    const copy = await cache?.file(source.sha256)
    if (copy) return asModelFile(copy, source.sha256)
  }
  // Another version than the pinned one is of no use, whatever its server calls it.
  const known = source.sha256 === undefined ? await cache?.recall(source.url) : undefined
  return fetchOrRecall(source, { ...options, cache, known })
}

interface Reading extends ReadOptions {
  readonly cache: ModelCache | undefined
  readonly known: KnownFile | undefined
}

async function fetchOrRecall(source: WebSource, reading: Reading): Promise<ModelFile> {
  const { cache, known, log = noLog } = reading
  const model = source.text
  const fetched = await fetchModel(source, fetchOptions(reading, known?.validators))
  if (fetched.kind === 'file') {
    const { bytes, validators } = fetched
    const file = asModelFile(bytes)
    const { sha256 } = file
    checkDigest(file, source.sha256)
    await cache?.keep(source.url, { bytes, sha256, validators }).catch((error) => {
      log('warn', 'Cannot keep a copy of the model', { model, error })
    })
    log('info', 'Model is fetched', { model, sizeBytes: bytes.length, sha256 })
    return file
  }
  const copy = known && (await cache?.file(known.sha256))
  if (copy) {
    if (fetched.kind === 'away') {
      const fields = { model, sha256: known.sha256, reason: fetched.reason }
      log('warn', 'Cannot fetch model: using the copy of last time', fields)
    }
    return asModelFile(copy, known.sha256)
  }
  if (fetched.kind === 'away') throw fetched.reason
  // The copy that is unchanged has been damaged, or evicted meanwhile.
  return fetchOrRecall(source, { ...reading, known: undefined })
}

function fetchOptions(reading: Reading, known: Validators | undefined) {
  const {
    log = noLog,
    signal = new AbortController().signal,
    random = Math.random,
    delay = realDelay,
    limits = FETCH_LIMITS,
    lookup,
  } = reading
  return { known, log, signal, random, delay, limits, lookup }
}

function checkDigest(file: ModelFile, expected: string | undefined): void {
  if (expected === undefined || file.sha256 === expected) return
  throw refuse(`its sha256 is ${file.sha256} (expected ${expected})`)
}
