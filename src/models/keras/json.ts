import { CONFIG_BYTES_MAX, CONFIG_VALUES_MAX } from '../limits.ts'
import { refuse } from '../refuse.ts'

/** A JSON object as `JSON.parse` gives it: any text may be a key, `__proto__` too. */
export type JsonObject = { readonly [key: string]: unknown }

/** The JSON object that `text` holds; ERR_MODEL where it holds none, or is too long. */
export function parseObject(text: string, what: string): JsonObject {
  if (text.length > CONFIG_BYTES_MAX)
    throw refuse(`${what} is longer than ${CONFIG_BYTES_MAX} bytes`)
  if (!hasFewValues(text)) throw refuse(`${what} holds more than ${CONFIG_VALUES_MAX} values`)
  let value: unknown
  try {
    const standard = text.includes('Infinity') ? withoutInfinity(text) : text
    value = standard.includes('"args"') ? parseCalls(standard) : JSON.parse(standard)
  } catch {
    throw refuse(`${what} is no valid JSON`)
  }
  return asObject(value, what)
}

/** Counts what begins a value or follows one, in texts too: megabytes of `{},` make a gigabyte of objects. */
function hasFewValues(text: string): boolean {
  let count = 0
  for (let at = 0; at < text.length && count <= CONFIG_VALUES_MAX; at++) {
    const code = text.charCodeAt(at)
    if (code === COMMA || code === BRACKET || code === BRACE) count += 1
  }
  return count <= CONFIG_VALUES_MAX
}

const COMMA = 0x2c
const BRACKET = 0x5b
const BRACE = 0x7b

/** Python writes Infinity, which JSON lacks: a number too large to be finite says the same. */
function withoutInfinity(text: string): string {
  return text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"|(-?)Infinity/g, (part, sign?: string) =>
    sign === undefined ? part : `${sign}1e999`,
  )
}

/**
 * The JSON of a model of Keras 3, in which 2.0 among the arguments of a call is not 2: on integers they
 * mean different things. It becomes `{ class_name: '__float__', config: 2 }`.
 */
function parseCalls(text: string): unknown {
  const floats = new WeakMap<object, Set<string>>()
  return JSON.parse(text, function (this: object, key, ...rest: [unknown, Source?]) {
    const [value, context] = rest
    const isFloat = typeof value === 'number' && /[.eE]/.test(context?.source ?? '')
    if (isFloat && Number.isInteger(value)) {
      floats.set(this, (floats.get(this) ?? new Set()).add(key))
    }
    if ((key !== 'args' && key !== 'kwargs') || typeof value !== 'object' || !value) return value
    for (const each of floats.get(value) ?? []) {
      Reflect.set(value, each, { class_name: '__float__', config: Reflect.get(value, each) })
    }
    return value
  })
}

/** What JSON.parse tells of a number besides its value. */
interface Source {
  readonly source?: string
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `value` as an object; ERR_MODEL names it as `what`. */
export function asObject(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw refuse(`${what} is no object`)
  return value
}

/** `value` as a list; ERR_MODEL names it as `what`. */
export function asList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw refuse(`${what} is no list`)
  return value
}

/** `value` as a text; ERR_MODEL names it as `what`. */
export function asText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw refuse(`${what} is no text`)
  return value
}

/** An own property of `object`; never one that it inherits. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
