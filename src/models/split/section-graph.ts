import type { TensorSpec } from '../../core/tensor.ts'
import type { GraphNode, Value } from '../onnx/graph.ts'
import type { WrittenGraph } from '../onnx/write.ts'
import { quote, refuse } from '../refuse.ts'
import type { Cut } from './cut.ts'
import type { Exit, Trunk } from './exits.ts'
import { between, calledByPeople } from './lineage.ts'

/** The part of the network of one tier. */
export interface SectionGraph {
  readonly graph: WrittenGraph
  readonly inputs: readonly TensorSpec[]
  /** The prediction, then the features; at the top the prediction alone. */
  readonly outputs: readonly [prediction: TensorSpec, ...features: TensorSpec[]]
}

/**
 * The section from the cut below `tier` to its exit and to the cut above. Inputs and outputs are called
 * as the user calls them. ERR_MODEL names what else would have to be handed up.
 */
export function sectionGraph(trunk: Trunk, tier: number, exit: Exit): SectionGraph {
  const { converted, cuts, lineage } = trunk
  const below = cuts[tier - 1]
  const above = cuts[tier]
  const given = below ? below.forms : converted.graph.inputs
  const targets = [exit.value, ...(above ? [above.value.name] : [])]
  const { nodes, missing } = between(lineage, {
    given: given.map(({ name }) => name),
    targets,
    level: tier,
  })
  if (missing.length > 0) throw goesRound(trunk, { tier, missing })
  const specs = below ? [specOf(below)] : converted.inputs
  const taken = new Set(specs.map(({ name }) => name))
  const prediction = { ...outputSpec(trunk, exit), name: unused(exit.name, taken) }
  const features = above ? [{ ...specOf(above), name: unused(above.name, taken) }] : []
  const outputs = [prediction, ...features] as const
  const ends = outputs.map(({ name }, index) => identity(targets[index] ?? '', name))
  return {
    graph: {
      inputs: specs,
      outputs,
      nodes: [...beginnings(specs, given, below), ...nodes, ...ends],
      constants: converted.graph.constants,
    },
    inputs: specs,
    outputs,
  }
}

function identity(from: string, to: string): GraphNode {
  return { op: 'Identity', inputs: [from], outputs: [to], attributes: {} }
}

/** What makes the values that a section starts from out of its inputs. */
function beginnings(
  specs: readonly TensorSpec[],
  given: readonly Value[],
  below: Cut | undefined,
): readonly GraphNode[] {
  const [first] = specs
  if (!below || !first) {
    return specs.map(({ name }, index) => identity(name, given[index]?.name ?? ''))
  }
  const unpermuted = below.forms.flatMap(({ name, transposed }): readonly GraphNode[] => {
    if (!transposed) return []
    const { from, axes } = transposed
    const perm = { ints: axes.map((_, axis) => axes.indexOf(axis)) }
    return [{ op: 'Transpose', inputs: [name], outputs: [from.name], attributes: { perm } }]
  })
  return [identity(first.name, below.value.name), ...unpermuted]
}

function specOf({ name, value: { datatype, shape } }: Cut): TensorSpec {
  return { name, datatype, shape: [-1, ...shape.slice(1)] }
}

function outputSpec({ converted }: Trunk, { index, name }: Exit): TensorSpec {
  return converted.outputs[index] ?? { name, datatype: 'FP32', shape: [] }
}

/** `name`, numbered where the section has it already. */
function unused(name: string, taken: Set<string>): string {
  let found = name
  for (let count = 1; taken.has(found); count++) found = `${name}_${count}`
  taken.add(found)
  return found
}

function goesRound(
  { converted, cuts, lineage, tiers }: Trunk,
  { tier, missing }: { readonly tier: number; readonly missing: readonly string[] },
): Error {
  const others = calledByPeople(converted, { lineage, names: missing })
  return refuse(
    `cut at ${quote(cuts[tier - 1]?.at ?? '')} is no separator: tier "${tiers[tier]}" also needs ${others.join(', ')} (cut where one tensor carries all)`,
  )
}
