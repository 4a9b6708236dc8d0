import { FoglineError } from '../../std/errors.ts'

/** Keys and indices from the top of the file to a value. */
export type Path = readonly (string | number)[]

/** Something in the pipeline file that cannot stay so. */
export interface Problem {
  readonly path: Path
  /** What is wrong and what is allowed: `1.5 is not allowed (a number from 0 to 1)`. */
  readonly text: string
  /** Whether the key at the end of the path is wrong, or (by default) its value. */
  readonly at?: 'key' | 'value'
}

/** A place in a file; both count from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A problem and where in the file it is; the text begins with the path where there is one. */
export interface LocatedProblem extends Position {
  readonly text: string
}

/** More would scroll the first ones away; these are mended first. */
const LINES_MAX = 20

/** A value is quoted up to here. */
const VALUE_CHARACTERS_MAX = 60

/** `1.5 is not allowed (a number from 0 to 1)`, `is missing (…)` for undefined. */
export function notAllowed(value: unknown, allowed: string): string {
  if (value === undefined) return `is missing (${allowed})`
  if (value === null) return `an empty value is not allowed (${allowed})`
  if (typeof value === 'object') {
    return `${Array.isArray(value) ? 'a list' : 'a mapping'} is not allowed (${allowed})`
  }
  const text = typeof value === 'string' ? JSON.stringify(withoutCredentials(value)) : String(value)
  const short =
    text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text
  return `${short} is not allowed (${allowed})`
}

/** `user:password@` of an address, with or without its scheme, as `…@`. */
function withoutCredentials(text: string): string {
  return text.replace(/^(?:(\w[\w+.-]*:\/\/)|(?=[^@]*:)).*@/s, '$1…@')
}

/** `tiers[0].exit.threshold`. */
export function pathText(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`
      if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`
      return index === 0 ? key : `.${key}`
    })
    .join('')
}

/**
 * One ERR_CONFIG error with a line for each problem, in the file's order: `fogline.yaml:3:5: …`; the
 * first 20 are kept.
 */
export function problemsError(file: string, problems: readonly LocatedProblem[]): FoglineError {
  const ordered = problems.toSorted(
    (left, right) => left.line - right.line || left.column - right.column,
  )
  const all = ordered.map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`)
  const lines = [...new Set(all)]
  const count = lines.length === 1 ? '1 problem' : `${lines.length} problems`
  const rest = lines.length - LINES_MAX
  const shown = rest > 0 ? [...lines.slice(0, LINES_MAX), `… and ${rest} more`] : lines
  return new FoglineError(`Cannot use pipeline "${file}": ${count}\n${shown.join('\n')}`, {
    code: 'ERR_CONFIG',
  })
}
