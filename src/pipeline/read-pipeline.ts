import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { ModelSource } from '../models/sources/model-source.ts'
import { FoglineError } from '../std/errors.ts'
import type { PlacedSecret } from './parse/kafka.ts'
import type { Problem } from './parse/problem.ts'
import { parsePipelineText } from './parse-pipeline.ts'
import type { Pipeline } from './pipeline.ts'
import { readSecret, type SecretOrigin } from './secrets.ts'
import { selectTiers } from './select-tiers.ts'
import { topicsByBroker } from './topics.ts'

/** Which part of a pipeline file is wanted. */
export interface ReadPipelineOptions {
  /** Names of tiers; all of them where it is absent or empty. */
  readonly tiers?: readonly string[] | undefined
  /** Where its secrets may be. Default: the environment of this process. */
  readonly env?: SecretOrigin['env'] | undefined
  /** Whether models need not be there: for who only looks at topics. */
  readonly withoutModels?: boolean
}

/** Sixteen tiers with the labels of ImageNet each stay below it. */
const FILE_SIZE_BYTES_MAX = 1024 * 1024

/**
 * The pipeline in the file at `path`, as `parsePipeline` gives it, with the tiers that are wanted.
 * Throws ERR_CONFIG also where the file cannot be read or is larger than 1 MiB, and for models and
 * secrets of these tiers that do not exist; ERR_ARGUMENT where it has no such tier.
 */
export async function readPipeline(
  path: string,
  { tiers = [], env = process.env, withoutModels = false }: ReadPipelineOptions = {},
): Promise<Pipeline> {
  const text = await readText(path)
  const folder = dirname(resolve(path))
  const { pipeline, secrets, tierSecrets, refuse } = parsePipelineText(text, {
    file: path,
    folder,
    env,
  })
  const selected = selectTiers(pipeline, tiers)
  const models = pipeline.tiers.map((tier, index) =>
    selected.tiers.includes(tier) && !withoutModels ? checkModel(tier.model, index) : undefined,
  )
  const references = [
    ...[...topicsByBroker(selected).keys()].flatMap((key) => secrets.get(key) ?? []),
    ...selected.tiers.flatMap(({ name }) => tierSecrets.get(name) ?? []),
  ]
  const checked = await Promise.all([
    ...models,
    ...references.map((placed) => checkSecret(placed, { folder, env })),
  ])
  const problems = checked.filter((problem) => problem !== undefined)
  if (problems.length > 0) throw refuse(problems)
  return selected
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > FILE_SIZE_BYTES_MAX) {
      throw new FoglineError(
        `Cannot read pipeline "${path}": it has ${size} bytes (at most ${FILE_SIZE_BYTES_MAX})`,
        { code: 'ERR_CONFIG' },
      )
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (cause) {
    if (cause instanceof FoglineError) throw cause
    throw new FoglineError(`Cannot read pipeline "${path}"`, { code: 'ERR_CONFIG', cause })
  }
}

/** What is on a server is looked for when the pipeline is held against its models. */
async function checkModel(model: ModelSource, index: number): Promise<Problem | undefined> {
  if (model.kind === 'web') return undefined
  const path = ['tiers', index, 'model']
  const found = await stat(model.path).catch(() => undefined)
  if (!found) return { path, text: `file "${model.path}" does not exist` }
  const isModel = found.isFile() || (await isSavedModel(model.path))
  return isModel ? undefined : { path, text: `"${model.path}" is not a file` }
}

async function isSavedModel(folder: string): Promise<boolean> {
  const graph = await stat(join(folder, 'saved_model.pb')).catch(() => undefined)
  return graph?.isFile() ?? false
}

async function checkSecret(
  { path, reference }: PlacedSecret,
  origin: SecretOrigin,
): Promise<Problem | undefined> {
  const read = await readSecret(reference, origin)
  return read.kind === 'missing' ? { path, text: read.state } : undefined
}
