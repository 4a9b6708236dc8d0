import type { Converted } from '../keras/convert.ts'
import { type GraphNode, readsOf } from '../onnx/graph.ts'
import { quote } from '../refuse.ts'
import { type Cut, formsOf } from './cut.ts'

/** What the values of a graph descend from: operators, and cuts. */
export interface Lineage {
  /** The operator that gives a value, and its place in the graph's order. */
  readonly makers: ReadonlyMap<string, { readonly node: GraphNode; readonly index: number }>
  /**
   * Per value: the highest cut that it descends from, counted from 1, or 0 for none. A cut's own
   * tensor descends from the cuts below it only. Values that no input leads to are left out.
   */
  readonly levels: ReadonlyMap<string, number>
}

/** Follows what the model's inputs lead to, through the cuts. */
export function lineageOf({ graph }: Converted, cuts: readonly Cut[]): Lineage {
  const cutOf = new Map<string, number>()
  for (const [index, cut] of cuts.entries())
    for (const { name } of cut.forms) cutOf.set(name, index + 1)
  const levels = new Map(graph.inputs.map(({ name }) => [name, 0]))
  const makers = new Map<string, { readonly node: GraphNode; readonly index: number }>()
  for (const [index, node] of graph.nodes.entries()) {
    const fed = readsOf(node).filter((input) => levels.has(input))
    const from = fed.map((input) => Math.max(levels.get(input) ?? 0, cutOf.get(input) ?? 0))
    // The permutation that leads from one form of a cut to another lies below it, as both do.
    const own = node.outputs.map((output) => cutOf.get(output)).find((cut) => cut !== undefined)
    const level = Math.max(0, ...from.map((each) => (each === own ? each - 1 : each)))
    for (const output of node.outputs) {
      makers.set(output, { node, index })
      if (fed.length > 0) levels.set(output, level)
    }
  }
  return { makers, levels }
}

/** What lies between some values and what is made of them. */
export interface Between {
  /** In the order of the graph. */
  readonly nodes: readonly GraphNode[]
  /** Values that are needed, come from the model's inputs, and are on neither side. */
  readonly missing: readonly string[]
}

/** The operators that make `targets` out of `given`; what they need that lies below `level` is missing. */
export function between(
  { makers, levels }: Lineage,
  { given, targets, level }: BetweenOptions,
): Between {
  const indices = new Map<number, GraphNode>()
  const missing = new Set<string>()
  const seen = new Set(given)
  const waiting = [...targets]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name === '' || seen.has(name)) continue
    seen.add(name)
    const made = makers.get(name)
    const found = levels.get(name)
    if (found !== undefined && (found < level || !made)) missing.add(name)
    else if (made) {
      indices.set(made.index, made.node)
      waiting.push(...readsOf(made.node))
    }
  }
  const nodes = [...indices].sort(([left], [right]) => left - right).map(([, node]) => node)
  return { nodes, missing: [...missing] }
}

interface BetweenOptions {
  readonly given: readonly string[]
  readonly targets: readonly string[]
  /** The number of the cut that everything has to come from; 0 for the model's inputs. */
  readonly level: number
}

/**
 * What people call the values of the graph that `names` come from: layers whose outputs they are, or
 * are made of, and inputs.
 */
export function calledByPeople(
  { graph, inputs, calls }: Converted,
  { lineage, names }: { readonly lineage: Lineage; readonly names: readonly string[] },
): readonly string[] {
  const known = new Map<string, string>()
  for (const { place, isModel, outputs } of calls)
    for (const { name } of isModel ? [] : outputs.flatMap(formsOf))
      if (!known.has(name)) known.set(name, `layer ${quote(place)}`)
  for (const [index, { name }] of graph.inputs.entries())
    known.set(name, `input ${quote(inputs[index]?.name ?? '')}`)
  const found = new Set<string>()
  const seen = new Set<string>()
  const waiting = [...names]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const called = known.get(name)
    const made = lineage.makers.get(name)
    if (called !== undefined) found.add(called)
    else if (made) waiting.push(...readsOf(made.node))
  }
  return [...found]
}
