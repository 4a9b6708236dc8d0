import type { Converted } from '../keras/convert.ts'
import { writeOnnx } from '../onnx/write.ts'
import { cannotSplit, quote, refuse } from '../refuse.ts'
import { type ModelSource, sourceText } from '../sources/model-source.ts'
import { type ReadOptions, readModel } from '../sources/read-model.ts'
import { type ComparedSection, largestDifference } from './compare.ts'
import { type Cut, findCut } from './cut.ts'
import { assignExits, exitsOf, namedExits, type Trunk } from './exits.ts'
import { kerasGraph } from './keras-graph.ts'
import { lineageOf } from './lineage.ts'
import { sectionGraph } from './section-graph.ts'

/** Where a model is to be split. */
export interface SplitOptions extends ReadOptions {
  /** The layers whose outputs are handed up, from the data up. */
  readonly at: readonly string[]
  /** Names of the tiers, one more than cuts. */
  readonly tiers: readonly string[]
  /** Which output is the exit of which tier; told from the graph if absent. */
  readonly exits?: readonly string[]
}

/** One tier's part of a model, as an ONNX file. */
export interface SplitSection extends ComparedSection {
  readonly tier: string
  readonly prediction: string
  /** What it hands up; absent at the top. */
  readonly features?: string
}

/** A model in sections. */
export interface Split {
  readonly sections: readonly SplitSection[]
  /** Outputs of the model that no section gives. */
  readonly unused: readonly string[]
  /**
   * By how much the sections in a row differ from the whole, of the largest value, at least of 1.
   * Absent where sizes are open: nothing was run.
   */
  readonly difference?: number
}

/** Of the largest value: rounding stays a hundred times below, a mistake far above. */
const DIFFERENCE_MAX = 1e-4

/**
 * Splits the multi-exit Keras model at `source`, or a path, into sections. They are run in a row, too,
 * and held against the whole.
 * Throws ERR_MODEL where a cut is no separator, and where exits are missing or in doubt.
 */
export async function splitModel(
  source: ModelSource | string,
  options: SplitOptions,
): Promise<Split> {
  try {
    const converted = kerasGraph(await readModel(source, options))
    const { sections, unused } = sectionsOf(converted, options)
    const difference = await largestDifference(converted, sections)
    if (difference !== undefined && !(difference <= DIFFERENCE_MAX)) {
      throw refuse(`sections in a row differ from the whole by ${difference} of its largest value`)
    }
    return { sections, unused, ...(difference !== undefined && { difference }) }
  } catch (error) {
    throw cannotSplit(sourceText(source), error)
  }
}

function sectionsOf(
  converted: Converted,
  { at, tiers, exits: names }: SplitOptions,
): Pick<Split, 'sections' | 'unused'> {
  const cuts = at.map((each) => findCut(converted, each))
  if (cuts.length === 0 || tiers.length !== cuts.length + 1) {
    throw refuse(`${cuts.length} cuts and ${tiers.length} tiers are given (expected one more tier)`)
  }
  const lineage = lineageOf(converted, cuts)
  checkOrder(cuts, lineage.levels)
  const trunk: Trunk = { converted, cuts, lineage, tiers }
  const exits = names ? namedExits(trunk, names) : assignExits(trunk)
  const sections = exits.map((exit, index): SplitSection => {
    const { graph, inputs, outputs } = sectionGraph(trunk, index, exit)
    const [prediction, features] = outputs
    return {
      tier: tiers[index] ?? '',
      onnx: writeOnnx(graph),
      version: '',
      inputKeys: inputs.map(({ name }) => name),
      outputKeys: outputs.map(({ name }) => name),
      inputs,
      outputs,
      exitIndex: exit.index,
      prediction: prediction.name,
      ...(features && { features: features.name }),
    }
  })
  const left = exitsOf(trunk).filter(({ index }) => exits.every((exit) => exit.index !== index))
  return { sections, unused: left.map(({ name }) => name) }
}

/** Each cut has to descend from the one before it. */
function checkOrder(cuts: readonly Cut[], levels: ReadonlyMap<string, number>): void {
  for (const [index, { at, value }] of cuts.entries()) {
    const level = levels.get(value.name) ?? -1
    if (level === index) continue
    const other = quote(cuts[level > index ? level - 1 : index - 1]?.at ?? '')
    if (level > index) {
      throw refuse(`layer ${quote(at)} lies above ${other} (name layers from the data up)`)
    }
    throw refuse(
      index === 0
        ? `layer ${quote(at)} does not depend on the model's input`
        : `layer ${quote(at)} is not fed by ${other} (name layers along one trunk, from the data up)`,
    )
  }
}
