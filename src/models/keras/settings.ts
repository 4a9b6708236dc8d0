import { isDeepStrictEqual } from 'node:util'
import { WINDOW_MAX } from '../limits.ts'
import { quote, refuse } from '../refuse.ts'
import { isObject, type JsonObject, own } from './json.ts'

/** What floats are declared as. */
export type Precision = 'FP16' | 'FP32' | 'FP64'

/**
 * A layer's configuration. It remembers what was read: what is left over in the end is something
 * that this version of Fogline does not know, and never ignores.
 */
export class Settings {
  readonly place: string
  readonly #config: JsonObject
  #read = new Set<string>()

  /** `place` is the layer's path in the model, for messages. */
  constructor(config: JsonObject, place: string) {
    this.#config = config
    this.place = place
  }

  /** The value of `key` as it is; undefined where it is absent or null. */
  any(key: string): unknown {
    this.#read.add(key)
    return own(this.#config, key) ?? undefined
  }

  number(key: string, fallback: number): number {
    const value = this.any(key) ?? fallback
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw this.wrong(key, value, 'a number')
    return value
  }

  integer(key: string, fallback: number): number {
    const value = this.number(key, fallback)
    if (!Number.isSafeInteger(value)) throw this.wrong(key, value, 'an integer')
    return value
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.any(key) ?? fallback
    if (typeof value !== 'boolean') throw this.wrong(key, value, 'true or false')
    return value
  }

  choice<T extends string>(key: string, allowed: readonly [T, ...T[]]): T {
    const value = this.any(key) ?? allowed[0]
    const found = allowed.find((each) => each === value)
    if (found === undefined) throw this.wrong(key, value, allowed.join(' or '))
    return found
  }

  /** A list of integers, or one. */
  integers(key: string): readonly number[] | undefined {
    const value = this.any(key)
    if (value === undefined) return undefined
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    return list.map((each) => {
      if (!Number.isSafeInteger(each)) throw this.wrong(key, value, 'integers')
      return Number(each)
    })
  }

  /** Sizes of a window along `count` axes, each at least 1; one number stands for all. */
  window(key: string, count: number, fallback: number): readonly number[] {
    const given = this.integers(key) ?? [fallback]
    const sizes = given.length === 1 ? Array<number>(count).fill(given[0] ?? fallback) : given
    if (sizes.length !== count || sizes.some((size) => size < 1 || size > WINDOW_MAX)) {
      throw this.wrong(key, given, `${count} sizes of 1 to ${WINDOW_MAX}`)
    }
    return sizes
  }

  /** The same settings and some that its class has fixed; ERR_MODEL where the file has others. */
  with(fixed: JsonObject): Settings {
    for (const [key, value] of Object.entries(fixed)) this.only(key, value)
    const settings = new Settings({ ...this.#config, ...fixed }, this.place)
    settings.#read = this.#read
    return settings
  }

  /** Says that `keys` were read elsewhere, as a wrapped layer is. */
  markRead(keys: readonly string[]): void {
    for (const key of keys) this.#read.add(key)
  }

  /** Says that no setting changes what the layer answers. */
  ignoreRest(): void {
    this.markRead(Object.keys(this.#config))
  }

  /** Throws ERR_MODEL for a setting that nobody read, has a value, and is not one of training only. */
  checkAllRead(): void {
    for (const [key, value] of Object.entries(this.#config)) {
      if (this.#read.has(key) || value === null || TRAINING.test(key)) continue
      throw this.refuse(`has a setting ${quote(key)}, which is not supported`)
    }
  }

  /** Throws ERR_MODEL unless `key` is absent, null or `value`. */
  only(key: string, value: unknown): void {
    const given = this.any(key)
    if (given !== undefined && !isDeepStrictEqual(given, value)) {
      throw this.wrong(key, given, JSON.stringify(value))
    }
  }

  /**
   * What the layer's floating-point results are declared as, by its policy: `mixed_float16` gives FP16.
   * The graph computes in FP32 whatever it says.
   */
  precision(): Precision {
    const policy = this.any('dtype') ?? 'float32'
    const inner = isObject(policy) ? own(policy, 'config') : undefined
    const name = isObject(inner) ? own(inner, 'name') : policy
    const precision = PRECISION.get(String(name))
    if (!precision) throw this.wrong('dtype', name, [...PRECISION.keys()].join(', '))
    return precision
  }

  /** An error that says which setting of which layer is wrong, and what it may be. */
  wrong(key: string, value: unknown, allowed: string): Error {
    if (isLambda(value)) {
      return this.refuse(`has a lambda as ${quote(key)}, which is code (expected ${allowed})`)
    }
    const given = quote(JSON.stringify(value) ?? 'undefined')
    return this.refuse(`has ${quote(key)} = ${given} (expected ${allowed})`)
  }

  /** An error that says what of the layer cannot be converted: `layer "x" takes images of no size`. */
  refuse(what: string): Error {
    return refuse(`layer ${quote(this.place)} ${what}`)
  }
}

/** Keras' policies, by what they compute in. */
const PRECISION: ReadonlyMap<string, Precision> = new Map([
  ['float32', 'FP32'],
  ['float16', 'FP16'],
  ['mixed_float16', 'FP16'],
  ['float64', 'FP64'],
])

/** Settings that say how a layer was named, built or trained: they do not change what it answers. */
const TRAINING =
  /^(name|trainable|batch_input_shape|batch_shape|input_dtype|.*_(initializer|regularizer|constraint))$/

/** Whether Keras wrote a function of the file's author: its code and, in later ones, its class. */
function isLambda(value: unknown): boolean {
  if (!isObject(value)) return false
  const className = own(value, 'class_name')
  return (
    className === '__lambda__' || (className === undefined && Array.isArray(own(value, 'value')))
  )
}
