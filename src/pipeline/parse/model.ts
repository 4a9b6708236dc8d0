import {
  findSource,
  isWebAddress,
  type ModelSource,
  modelName,
  withoutSecrets,
} from '../../models/sources/model-source.ts'
import type { ModelEntry } from '../model-schema.ts'
import { type SecretOrigin, secretOf } from '../secrets.ts'
import type { PlacedSecret } from './kafka.ts'
import { notAllowed, type Path, type Problem } from './problem.ts'

/** The model of a tier, and what is wrong with it. */
export interface ResolvedModel {
  /** Stands for nothing where there are problems. */
  readonly source: ModelSource
  readonly problems: readonly Problem[]
  readonly secrets: readonly PlacedSecret[]
  /** What a tier may be called after it; empty for none. */
  readonly name: string
}

/** Whose model it is, where its entry stands, and what paths and secrets are relative to. */
export interface ModelPlace extends SecretOrigin {
  readonly path: Path
}

/** Resolves what stands under `model`. */
export function resolveModel(entry: ModelEntry, { path, ...origin }: ModelPlace): ResolvedModel {
  const { address, authorization, ...rules } =
    typeof entry === 'string' ? { address: entry } : entry
  const place = typeof entry === 'string' ? path : [...path, 'address']
  const found = findSource(address, {
    ...defined(rules),
    folder: origin.folder,
    authorization: authorization && secretOf(authorization, { ...origin, owner: 'a model' }),
  })
  const allowed = hasUser(address)
    ? 'no credentials here: a mapping with address and authorization'
    : found.kind === 'wrong' && found.allowed
  const wrong = allowed ? [{ path: place, text: notAllowed(withoutSecrets(address), allowed) }] : []
  return {
    source: found.kind === 'source' ? found.source : { kind: 'file', path: '' },
    problems: [...wrong, ...fileProblems(entry, path)],
    secrets: authorization ? [{ path: [...path, 'authorization'], reference: authorization }] : [],
    name: modelName(address),
  }
}

function defined<T extends object>(settings: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}

/** A file asks nobody. */
function fileProblems(entry: ModelEntry, path: Path): readonly Problem[] {
  if (typeof entry === 'string' || isWebAddress(entry.address)) return []
  return (['allowHttp', 'allowPrivate', 'authorization'] as const).flatMap((key) => {
    const text = 'is not allowed (only with the address of a server)'
    return entry[key] === undefined ? [] : [{ path: [...path, key], text }]
  })
}

function hasUser(address: string): boolean {
  return isWebAddress(address) && /^[^/]*\/\/[^/?#]*@/.test(address)
}
