import { isDeepStrictEqual } from 'node:util'
import type { KafkaConfig } from '../../brokers/kafka/kafka-config.ts'
import { nearest } from '../../std/nearest.ts'
import type { BrokerFile, KafkaFile } from '../broker-schema.ts'
import { type SecretOrigin, secretOf } from '../secrets.ts'
import { DEFAULT_ADDRESS, resolveAddress } from './address.ts'
import { kafkaConfig, kafkaProblems, kafkaSecrets, type PlacedSecret } from './kafka.ts'
import { notAllowed, type Path, type Problem } from './problem.ts'

/** The brokers of a pipeline file. */
export interface Brokers {
  /**
   * The key of the broker that the mapping at `place` means by `reference`: a name, an address, or
   * undefined for the only one. What is wrong with it joins the problems.
   */
  find(reference: string | undefined, place: Path): string
  /** Of Kafka clusters that the file says more of than an address, by key. */
  readonly clusters: Readonly<Record<string, KafkaConfig>>
  readonly secrets: ReadonlyMap<string, readonly PlacedSecret[]>
  readonly problems: readonly Problem[]
}

/** Resolves what stands under `brokers`. */
export function brokersOf(
  files: Readonly<Record<string, BrokerFile>>,
  origin: SecretOrigin,
): Brokers {
  const keys = new Map<string, string>()
  const clusters = new Map<string, Cluster>()
  const problems: Problem[] = []
  for (const [name, file] of Object.entries(files)) {
    const path = ['brokers', name]
    const address = typeof file === 'string' ? file : file.address
    const resolved = resolveAddress(address, origin.folder)
    keys.set(name, resolved.kind === 'key' ? resolved.key : DEFAULT_ADDRESS)
    if (resolved.kind === 'wrong') {
      const place = typeof file === 'string' ? path : [...path, 'address']
      problems.push({ path: place, text: notAllowed(address, resolved.allowed) })
    } else if (typeof file === 'object') {
      problems.push(...kafkaProblems(file, path))
      problems.push(...contradiction({ name, file }, clusters.get(resolved.key)))
      clusters.set(resolved.key, { name, file })
    }
  }
  return {
    find: finder({ keys, folder: origin.folder, problems }),
    clusters: Object.fromEntries(
      Array.from(clusters, ([key, cluster]) => [key, configOf(cluster, origin)]),
    ),
    secrets: new Map(
      Array.from(clusters, ([key, { name, file }]) => [key, kafkaSecrets(file, ['brokers', name])]),
    ),
    problems,
  }
}

interface Cluster {
  readonly name: string
  readonly file: KafkaFile
}

function configOf({ name, file }: Cluster, origin: SecretOrigin): KafkaConfig {
  return kafkaConfig(file, (reference) =>
    secretOf(reference, { ...origin, owner: `broker "${name}"` }),
  )
}

/** One cluster has one configuration, whatever it is called. */
function contradiction({ name, file }: Cluster, other: Cluster | undefined): readonly Problem[] {
  if (!other) return []
  if (isDeepStrictEqual({ ...file, address: '' }, { ...other.file, address: '' })) return []
  const text = `is the cluster of "${other.name}" (a cluster has one set of settings)`
  return [{ path: ['brokers', name], text }]
}

interface Finding {
  readonly keys: ReadonlyMap<string, string>
  readonly folder: string
  readonly problems: Problem[]
}

function finder({ keys, folder, problems }: Finding): Brokers['find'] {
  return (reference, place) => {
    const found =
      reference === undefined ? onlyKey(keys, folder) : keyOf(reference, { keys, folder })
    if (found.kind === 'key') return found.key
    problems.push({ path: [...place, 'broker'], text: found.problem })
    return DEFAULT_ADDRESS
  }
}

type Lookup =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'problem'; readonly problem: string }

function onlyKey(keys: ReadonlyMap<string, string>, folder: string): Lookup {
  if (keys.size > 1) {
    const problem = notAllowed(undefined, `one of ${[...keys.keys()].join(', ')}`)
    return { kind: 'problem', problem }
  }
  const [key] = keys.values()
  return key === undefined ? keyOf(DEFAULT_ADDRESS, { keys, folder }) : { kind: 'key', key }
}

function keyOf(reference: string, { keys, folder }: Omit<Finding, 'problems'>): Lookup {
  const key = keys.get(reference)
  if (key !== undefined) return { kind: 'key', key }
  const resolved = resolveAddress(reference, folder)
  if (resolved.kind === 'key') return resolved
  if (reference.includes(':')) {
    return { kind: 'problem', problem: notAllowed(reference, resolved.allowed) }
  }
  const meant = nearest(reference, keys.keys())
  const known = keys.size > 0 ? `known are ${[...keys.keys()].join(', ')}` : 'the file names none'
  const hint = meant === undefined ? known : `did you mean "${meant}"?`
  return { kind: 'problem', problem: `unknown broker ${JSON.stringify(reference)} (${hint})` }
}
