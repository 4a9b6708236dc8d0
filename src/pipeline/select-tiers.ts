import { FoglineError } from '../std/errors.ts'
import { nearest } from '../std/nearest.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * The pipeline with only the tiers of these names; all of them where none is named. Throws
 * ERR_ARGUMENT for a name that no tier has.
 */
export function selectTiers(pipeline: Pipeline, names: readonly string[]): Pipeline {
  const known = pipeline.tiers.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const meant = nearest(unknown, known)
    const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean "${meant}"?`
    throw new FoglineError(`Cannot select tier "${unknown}": there is none (${hint})`, {
      code: 'ERR_ARGUMENT',
    })
  }
  if (names.length === 0) return pipeline
  return Object.freeze({
    ...pipeline,
    tiers: Object.freeze(pipeline.tiers.filter(({ name }) => names.includes(name))),
  })
}
