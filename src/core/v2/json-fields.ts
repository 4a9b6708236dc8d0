import { FoglineError } from '../../std/errors.ts'
import type { Parameters } from './message.ts'

/** An object of parsed JSON. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The error of a message that breaks the protocol: `Cannot decode SUBJECT: STATE`. */
export function broken(subject: string, state: string, cause?: unknown): FoglineError {
  return new FoglineError(`Cannot decode ${subject}: ${state}`, { code: 'ERR_REQUEST', cause })
}

/** `value` as an object. Throws ERR_REQUEST for anything else. */
export function objectOf(value: unknown, subject: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject
  }
  throw broken(subject, `it is ${kindOf(value)} (expected an object)`)
}

/** `value` as a list of at most `max`. Throws ERR_REQUEST for anything else. */
export function listOf(
  value: unknown,
  { subject, max }: { readonly subject: string; readonly max: number },
): readonly unknown[] {
  if (!Array.isArray(value)) throw broken(subject, `it is ${kindOf(value)} (expected a list)`)
  if (value.length > max) throw broken(subject, `${value.length} entries (at most ${max})`)
  return value
}

/** `value` as a text that is not empty. Throws ERR_REQUEST for anything else. */
export function textOf(value: unknown, subject: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw broken(subject, `it is ${kindOf(value)} (expected a text)`)
}

/** `value` as a text, or undefined where it is absent or null. Throws ERR_REQUEST otherwise. */
export function optionalTextOf(value: unknown, subject: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw broken(subject, `it is ${kindOf(value)} (expected a text)`)
}

/** `value` as parameters; none where it is absent or null. Throws ERR_REQUEST for nested values. */
export function parametersOf(value: unknown, subject: string): Parameters {
  if (value === undefined || value === null) return {}
  const entries = Object.entries(objectOf(value, subject)).map(([name, parameter]) => {
    if (isScalar(parameter)) return [name, parameter] as const
    // Integers beyond 2^53 come as bigint; no parameter that we know is one.
    if (typeof parameter === 'bigint') return [name, Number(parameter)] as const
    throw broken(`${subject} "${name}"`, `it is ${kindOf(parameter)} (expected a plain value)`)
  })
  return Object.fromEntries(entries)
}

/** The plain values among parameters; what else a foreign server adds is left out. */
export function scalarParametersOf(value: unknown): Parameters {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value).filter(([, parameter]) => isScalar(parameter)))
}

/** The text of a JSON object: `fields`, then `name` whose value is JSON text already. */
export function withJsonField(fields: JsonObject, name: string, json: string): string {
  const text = JSON.stringify(fields)
  const separator = text === '{}' ? '' : ','
  return `${text.slice(0, -1)}${separator}${JSON.stringify(name)}:${json}}`
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'empty'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
