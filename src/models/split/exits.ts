import type { Converted } from '../keras/convert.ts'
import { multiplyAccumulates } from '../onnx/multiply-accumulates.ts'
import { quote, refuse } from '../refuse.ts'
import type { Cut } from './cut.ts'
import { between, type Lineage } from './lineage.ts'

/** What is to be divided among the tiers. */
export interface Trunk {
  readonly converted: Converted
  readonly cuts: readonly Cut[]
  readonly lineage: Lineage
  /** Names of the tiers, from the data up. */
  readonly tiers: readonly string[]
}

/** An output of the model that may be an exit. */
export interface Exit {
  /** As the model calls it. */
  readonly name: string
  /** Its place among the outputs of the model. */
  readonly index: number
  /** The value in the graph. */
  readonly value: string
  /** The highest cut that it descends from, counted from 1; 0 for none. */
  readonly level: number
}

/** The outputs of the model, but for those that are a cut's tensor. */
export function exitsOf({ converted, cuts, lineage }: Omit<Trunk, 'tiers'>): readonly Exit[] {
  const handedUp = new Set(cuts.flatMap(({ forms }) => forms.map(({ name }) => name)))
  return converted.graph.outputs.flatMap((output, index) => {
    const value = lineage.makers.get(output.name)?.node.inputs[0] ?? ''
    const name = converted.outputs[index]?.name ?? ''
    return handedUp.has(value)
      ? []
      : [{ name, index, value, level: lineage.levels.get(output.name) ?? 0 }]
  })
}

/**
 * The exit of each tier. An output that descends from a cut may be a head on the cut's tensor, and so
 * of the tier below, or lie in the tier above: where two have to share two tiers so, the lower one is
 * that which comes first among the outputs and costs less. ERR_MODEL where that leaves a doubt.
 */
export function assignExits(trunk: Trunk): readonly Exit[] {
  const exits = exitsOf(trunk)
  const chosen: Exit[] = []
  const top = trunk.tiers.length - 1
  for (let tier = 0; tier <= top; tier++) {
    const free = exits.filter((exit) => !chosen.includes(exit))
    const own = free.filter(({ level }) => level === tier)
    const above = tier < top ? free.filter(({ level }) => level === tier + 1) : []
    // At the top two outputs share the last two tiers; below it the tier above may draw on the next.
    const lower = own.length > 0 ? own : tier === top - 1 && above.length === 1 ? [] : above
    const [exit, ...others] = own.length === 0 ? lowest(trunk, { tier, exits: lower }) : lower
    if (!exit) throw noExit(trunk, { tier, exits })
    if (others.length > 0) throw ambiguous(trunk, { tier, exits: [exit, ...others] })
    chosen.push(exit)
  }
  const left = exits.filter((exit) => !chosen.includes(exit))
  if (left.length > 0) throw ambiguous(trunk, { tier: top, exits: [...chosen.slice(-1), ...left] })
  return chosen
}

/** The exits that the user names, tier by tier; ERR_MODEL where a tier cannot compute its own. */
export function namedExits(trunk: Trunk, names: readonly string[]): readonly Exit[] {
  const { tiers, cuts } = trunk
  const exits = exitsOf(trunk)
  if (names.length !== tiers.length || new Set(names).size !== names.length) {
    throw refuse(`exits are ${names.map(quote).join(', ')} (expected ${tiers.length}, one a tier)`)
  }
  return names.map((name, tier) => {
    const exit = exits.find((each) => each.name === name)
    if (!exit) {
      const known = exits.map((each) => quote(each.name)).join(', ')
      throw refuse(`model has no exit ${quote(name)} (expected among ${known})`)
    }
    if (exit.level < tier) {
      throw refuse(
        `exit ${quote(name)} is not fed by ${quote(cuts[tier - 1]?.at ?? '')}, all that tier "${tiers[tier]}" gets`,
      )
    }
    if (exit.level > tier + 1) {
      throw refuse(
        `exit ${quote(name)} needs ${quote(cuts[exit.level - 1]?.at ?? '')}, which lies above tier "${tiers[tier]}"`,
      )
    }
    return exit
  })
}

interface Choice {
  /** Index among the tiers. */
  readonly tier: number
  readonly exits: readonly Exit[]
}

/** Of two exits above one cut the one that comes first and costs less; all of them where in doubt. */
function lowest(trunk: Trunk, { tier, exits }: Choice): readonly Exit[] {
  const [first, second, ...others] = exits
  if (!first || !second || others.length > 0) return exits
  return costs(trunk, { tier, exit: first }) < costs(trunk, { tier, exit: second })
    ? [first]
    : exits
}

/** Multiply-accumulates from the cut above `tier` to an exit; operators where sizes are not known. */
function costs(
  { converted: { graph }, cuts, lineage }: Trunk,
  { tier, exit }: { readonly tier: number; readonly exit: Exit },
): number {
  const given = cuts[tier]?.forms.map(({ name }) => name) ?? []
  const { nodes } = between(lineage, { given, targets: [exit.value], level: tier + 1 })
  const shapeOf = (name: string) => {
    const shape = graph.values.get(name)?.shape
    return shape?.[0] === -1 ? [1, ...shape.slice(1)] : shape
  }
  return nodes.reduce((sum, node) => sum + 1 + (multiplyAccumulates(node, shapeOf) ?? 0), 0)
}

function noExit({ tiers, cuts }: Trunk, { tier, exits }: Choice): Error {
  const found = exits.map(({ name, level }) => {
    const cut = cuts[level - 1]
    return cut ? `${quote(name)} above ${quote(cut.at)}` : `${quote(name)} below all cuts`
  })
  return refuse(
    `tier "${tiers[tier]}" has no exit: outputs are ${found.join(', ') || 'none'} (expected one for each tier)`,
  )
}

function ambiguous({ tiers }: Trunk, { tier, exits }: Choice): Error {
  const names = exits.map(({ name }) => quote(name)).join(' or ')
  return refuse(
    `tier "${tiers[tier]}" could exit at ${names} (say which: --exits with ${tiers.length} names, from the data up)`,
  )
}
