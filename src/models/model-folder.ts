import { hash } from 'node:crypto'
import { opendir, readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { MODEL_FILE_BYTES_MAX, SHARDS_MAX } from './limits.ts'
import { quote, refuse } from './refuse.ts'
import type { Zip } from './zip.ts'

/** The files of a SavedModel, by their paths in it. */
export interface ModelFolder {
  readonly names: readonly string[]
  /** The content of file `name`; ERR_MODEL where there is none. */
  read(name: string): Uint8Array
}

const GRAPH = 'saved_model.pb'
const INDEX = 'variables/variables.index'
const SHARD = /^variables\.data-\d{5}-of-\d{5}$/

/** Reads the SavedModel in folder `path`: only what is needed, and nothing from outside of it. */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const root = await realpath(path)
  const files = new Map<string, Uint8Array>()
  let sizeBytes = 0
  for (const name of [GRAPH, INDEX, ...(await shardNames(root))]) {
    const place = await resolveWithin(root, name)
    if (place === undefined) continue
    const stats = await stat(place)
    if (!stats.isFile()) throw refuse(`${quote(name)} is no regular file`)
    sizeBytes += stats.size
    if (sizeBytes > MODEL_FILE_BYTES_MAX) {
      throw refuse(`files have more than ${MODEL_FILE_BYTES_MAX} bytes`)
    }
    files.set(name, await readFile(place))
  }
  if (!files.has(GRAPH)) {
    throw refuse('it is a folder without "saved_model.pb" (expected a SavedModel or a model file)')
  }
  return {
    names: [...files.keys()],
    read: (name) => {
      const content = files.get(name)
      if (!content)
        throw refuse(`folder has no ${quote(name)} (expected all that TensorFlow wrote)`)
      return content
    },
  }
}

/** A digest of names and contents, in hexadecimal: the same wherever the folder lies. */
export function digestOf(folder: ModelFolder): string {
  const lines = folder.names
    .toSorted()
    .map((name) => `${hash('sha256', folder.read(name), 'hex')}  ${name}\n`)
  return hash('sha256', lines.join(''), 'hex')
}

/** The SavedModel in an archive, at its top or in its only folder; undefined where there is none. */
export function zippedFolder(zip: Zip): ModelFolder | undefined {
  const graphs = zip.names.filter((name) => /^(?:[^/]+\/)?saved_model\.pb$/.test(name))
  const [graph] = graphs
  if (graph === undefined) return undefined
  if (graphs.length > 1) throw refuse('archive holds several SavedModels')
  const top = graph.slice(0, -GRAPH.length)
  const contents = new Map<string, Uint8Array>()
  return {
    names: zip.names
      .filter((name) => name.startsWith(top) && !name.endsWith('/'))
      .map((name) => name.slice(top.length)),
    read: (name) => {
      const content = contents.get(name) ?? zip.read(top + name, MODEL_FILE_BYTES_MAX)
      contents.set(name, content)
      return content
    },
  }
}

async function shardNames(root: string): Promise<readonly string[]> {
  const variables = await resolveWithin(root, 'variables')
  if (variables === undefined) return []
  const names: string[] = []
  for await (const { name } of await opendir(variables)) {
    if (SHARD.test(name)) names.push(`variables/${name}`)
    if (names.length > SHARDS_MAX) throw refuse(`variables lie in more than ${SHARDS_MAX} shards`)
  }
  return names.toSorted()
}

/** Where `name` really lies; undefined where there is none, ERR_MODEL where it is outside `root`. */
async function resolveWithin(root: string, name: string): Promise<string | undefined> {
  const place = await realpath(join(root, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw refuse(`${quote(name)} cannot be read (${error.code})`)
  })
  if (place !== undefined && !place.startsWith(root + sep)) {
    throw refuse(`${quote(name)} is a link to outside of the folder`)
  }
  return place
}
