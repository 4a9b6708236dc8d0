import { quote, refuse } from '../refuse.ts'

/** A result of a node, as other nodes refer to it: `name`, `name:index` or `name:output:index`. */
export interface Reference {
  readonly name: string
  readonly output: string | undefined
  readonly index: number
}

/** Reads a reference; ERR_MODEL where it is none. */
export function readReference(text: string): Reference {
  const [name = '', ...rest] = text.split(':')
  const index = rest.length === 0 ? 0 : Number(rest.at(-1))
  if (rest.length > 2 || !Number.isSafeInteger(index)) {
    throw refuse(`graph refers to ${quote(text)}`)
  }
  return { name, output: rest.length === 2 ? rest[0] : undefined, index }
}

/** Operations whose results have names of their own, in order; all others have one list of results. */
const NAMED_OUTPUTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['FusedBatchNorm', ['y']],
  ['FusedBatchNormV2', ['y']],
  ['FusedBatchNormV3', ['y']],
  ['TopKV2', ['values', 'indices']],
])

/** Which result of its node, an `op`, a reference means; -1 where the node gives no such result here. */
export function positionOf(op: string, { output, index }: Reference): number {
  const names = NAMED_OUTPUTS.get(op)
  return names && output !== undefined ? names.indexOf(output) : index
}

/** What refers to others. */
interface Referring {
  readonly op: string
  readonly inputs: readonly Reference[]
}

/** Which results of each node the others refer to. */
export function usedOutputs(
  nodes: ReadonlyMap<string, Referring>,
): ReadonlyMap<string, ReadonlySet<number>> {
  const used = new Map<string, Set<number>>()
  for (const { inputs } of nodes.values()) {
    for (const reference of inputs) {
      const position = positionOf(nodes.get(reference.name)?.op ?? '', reference)
      const known = used.get(reference.name)
      if (known) known.add(position)
      else used.set(reference.name, new Set([position]))
    }
  }
  return used
}
