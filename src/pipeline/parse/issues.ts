import type * as z from 'zod'
import { nearest } from '../../std/nearest.ts'
import { SECRET_ALLOWED } from '../secret-schema.ts'
import { notAllowed, type Path, type Problem } from './problem.ts'

/** Names the keys that the schema knows in the mapping at a path. */
export type KnownKeys = (path: Path) => readonly string[]

/** What zod found wrong in `value`; the schema's messages say what is allowed (see fields.ts). */
export function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  knownKeys: KnownKeys,
): readonly Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, { base: [], value, knownKeys }))
}

interface Context {
  /** Of the union that the issue lies in. */
  readonly base: Path
  /** The whole file. */
  readonly value: unknown
  readonly knownKeys: KnownKeys
}

function problemsOf(issue: z.core.$ZodIssue, context: Context): Problem[] {
  const path = [...context.base, ...issue.path.map((key) => (typeof key === 'symbol' ? '' : key))]
  const secret = secretPlace(path)
  if (secret) return [{ path: secret, text: `${HIDDEN} is not allowed (${SECRET_ALLOWED})` }]
  if (issue.code === 'unrecognized_keys') {
    const known = context.knownKeys(path)
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: unknownKey(key, known),
      at: 'key' as const,
    }))
  }
  if (issue.code === 'invalid_key') {
    const text = notAllowed(path.at(-1), issue.issues[0]?.message ?? issue.message)
    return [{ path, text, at: 'key' }]
  }
  if (issue.code === 'invalid_union') {
    const meant = meantBranch(issue.errors)
    if (meant) return meant.flatMap((inner) => problemsOf(inner, { ...context, base: path }))
  }
  const value = valueAt(context.value, path)
  if (
    typeof value === 'string' &&
    (isWithSecrets(path) || (isRegistry(path) && value.includes('@')))
  ) {
    return [{ path, text: `${HIDDEN} is not allowed (${issue.message})` }]
  }
  return [{ path, text: notAllowed(value, issue.message) }]
}

/** Stands for what may be a secret. */
const HIDDEN = 'a value, not shown here,'

const SECRETS: ReadonlySet<unknown> = new Set(['password', 'token', 'ca', 'cert', 'key'])

/** The path of the secret that `path` leads into: nothing in there is shown, not even its keys. */
function secretPlace(path: Path): Path | undefined {
  if (isNearSecrets(path) && SECRETS.has(path[3])) return path.slice(0, 4)
  if (isModel(path) && path[3] === 'authorization') return path.slice(0, 4)
  return isRegistry(path) && path[4] === 'password' ? path.slice(0, 5) : undefined
}

/** Whether `path` leads to a mapping with secrets, where one of them may have been put instead. */
function isWithSecrets(path: Path): boolean {
  return path.length === 3 && isNearSecrets(path)
}

/** Whether `path` leads to or into the schema registry of a tier. */
function isRegistry([top, , part, key]: Path): boolean {
  return top === 'tiers' && part === 'input' && key === 'registry'
}

/** Whether `path` leads to or into the model of a tier. */
function isModel([top, , part]: Path): boolean {
  return top === 'tiers' && part === 'model'
}

/** Whether `path` leads to or into `sasl` or `tls` of a broker. */
function isNearSecrets([top, , part]: Path): boolean {
  return top === 'brokers' && (part === 'sasl' || part === 'tls')
}

/** The alternative whose own kind the value has: only parts of it are wrong. */
function meantBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  return branches.find((issues) =>
    issues.every(({ code, path }) => code === 'unrecognized_keys' || path.length > 0),
  )
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known)
  if (meant !== undefined) return `unknown key (did you mean "${meant}"?)`
  return `unknown key (${known.length > 0 ? `known are ${known.join(', ')}` : 'none is known'})`
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return current
    current = Object.getOwnPropertyDescriptor(current, key)?.value
  }
  return current
}
