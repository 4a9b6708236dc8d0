import { safeName } from './safe-name.ts'

/** What three tiers are called whose models' names will not do. */
const THREE = ['edge', 'fog', 'cloud'] as const

/**
 * The names of tiers, from the data upward: the given ones; where none is given, those of the
 * models, or, if these are not distinct names, edge, fog and cloud for three and `tier-1`,
 * `tier-2` and so on for others.
 */
export function tierNames(
  tiers: readonly { readonly name?: string | undefined; readonly model: string }[],
): readonly string[] {
  const fromFiles = tiers.map(({ model }) => safeName(model))
  const distinct = new Set(fromFiles).size === tiers.length && !fromFiles.includes('')
  const allUnnamed = tiers.every(({ name }) => name === undefined)
  return tiers.map(({ name }, index) => {
    if (name !== undefined) return name
    const fromFile = fromFiles[index]
    if (fromFile && (distinct || !allUnnamed)) return fromFile
    return (tiers.length === THREE.length && THREE[index]) || `tier-${index + 1}`
  })
}
