import type { TensorSpec } from '../../core/tensor.ts'
import type { Converted } from '../keras/convert.ts'
import { cannotSplit, refuse } from '../refuse.ts'
import { type ModelSource, sourceText } from '../sources/model-source.ts'
import { type ReadOptions, readModel } from '../sources/read-model.ts'
import { type Cut, findCut } from './cut.ts'
import { exitsOf } from './exits.ts'
import { kerasGraph } from './keras-graph.ts'
import { between, lineageOf } from './lineage.ts'

/** A place where a model may be cut: one tensor carries all that lies above. */
export interface CutPlace {
  /** As `splitModel` takes it. */
  readonly at: string
  /** What is handed up there. */
  readonly handedUp: TensorSpec
  /** The exits that need nothing of it: they are of tiers below, or a head on it is. */
  readonly exitsBelow: readonly string[]
}

/** Where a model may be cut. */
export interface CutPlaces {
  readonly inputs: readonly TensorSpec[]
  readonly places: readonly CutPlace[]
}

/** Each place is tried on the whole graph: a thousand layers on ten thousand operators are a second. */
const OPERATORS_TRIED_MAX = 20_000_000

/** The places where the Keras model at `source`, or a path, may be cut, from the data up. Throws ERR_MODEL. */
export async function findCuts(
  source: ModelSource | string,
  options: ReadOptions = {},
): Promise<CutPlaces> {
  try {
    const converted = kerasGraph(await readModel(source, options))
    if (converted.calls.length * converted.graph.nodes.length > OPERATORS_TRIED_MAX) {
      throw refuse('it has too many layers to try each (say which)')
    }
    return { inputs: converted.inputs, places: placesOf(converted) }
  } catch (error) {
    throw cannotSplit(sourceText(source), error)
  }
}

function placesOf(converted: Converted): readonly CutPlace[] {
  const top = topOutput(converted)
  const seen = new Set<string>()
  return candidates(converted).flatMap((cut) => {
    const exitsBelow = seen.has(cut.value.name) ? undefined : exitsBelowOf(converted, cut, top)
    seen.add(cut.value.name)
    const { datatype, shape } = cut.value
    const handedUp = { name: cut.name, datatype, shape: [-1, ...shape.slice(1)] }
    return exitsBelow ? [{ at: cut.at, handedUp, exitsBelow }] : []
  })
}

/** Every output of every layer that is called once, in the order of the graph. */
function candidates(converted: Converted): readonly Cut[] {
  const { calls, graph } = converted
  const counts = Map.groupBy(calls, ({ place }) => place)
  const inputs = new Set(graph.inputs.map(({ name }) => name))
  return calls.flatMap(({ place, outputs }) => {
    if (counts.get(place)?.length !== 1) return []
    return outputs.flatMap(({ name }, index) => {
      const isOwn = !inputs.has(name) && !graph.constants.has(name)
      const at = outputs.length > 1 ? `${place}:${index}` : place
      return isOwn ? [findCut(converted, at)] : []
    })
  })
}

/** The output that takes most operators, the last of them: the end of the trunk. */
function topOutput(converted: Converted): number {
  const lineage = lineageOf(converted, [])
  const given = converted.graph.inputs.map(({ name }) => name)
  const depths = converted.graph.outputs.map(({ name }) => {
    return between(lineage, { given, targets: [name], level: 0 }).nodes.length
  })
  return depths.lastIndexOf(Math.max(...depths))
}

/** Undefined where the cut is none: something goes round it, or one side has no exit. */
function exitsBelowOf(converted: Converted, cut: Cut, top: number): readonly string[] | undefined {
  const lineage = lineageOf(converted, [cut])
  const exits = exitsOf({ converted, cuts: [cut], lineage })
  const above = exits.filter(({ level }) => level === 1)
  const isOnTrunk = above.some(({ index }) => index === top) && exits.length > 1
  if (!isOnTrunk) return undefined
  const given = cut.forms.map(({ name }) => name)
  const goesRound = above.some(({ value }) => {
    return between(lineage, { given, targets: [value], level: 1 }).missing.length > 0
  })
  return goesRound ? undefined : exits.filter(({ level }) => level === 0).map(({ name }) => name)
}
