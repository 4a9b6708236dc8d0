import { FoglineError } from '../std/errors.ts'

/** An environment, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where a function listens. */
export interface Listen {
  readonly host: string
  readonly port: number
}

/** What images and platforms agree on where nobody says otherwise. */
const PORT = 8080

/** Loopback: a function is opened to a network on purpose only. */
const HOST = '127.0.0.1'

const PORT_MAX = 65_535

/** FOGLINE_HOST and FOGLINE_PORT; 127.0.0.1 and 8080 by default. Throws ERR_CONFIG. */
export function listenOf(env: Environment): Listen {
  const port = wholeNumber(env, 'FOGLINE_PORT', { min: 0, max: PORT_MAX }) ?? PORT
  return { host: optional(env, 'FOGLINE_HOST') ?? HOST, port }
}

/** The variable `name`; an empty one is absent. */
export function optional(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name]
}

/** The variable `name`. Throws ERR_CONFIG where it is absent or empty. */
export function required(env: Environment, name: string): string {
  const text = optional(env, name)
  if (text !== undefined) return text
  throw new FoglineError(`Cannot configure function: ${name} is missing`, { code: 'ERR_CONFIG' })
}

/** The whole number in variable `name`, or undefined where it is absent. Throws ERR_CONFIG. */
export function wholeNumber(
  env: Environment,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = optional(env, name)
  if (text === undefined) return undefined
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new FoglineError(
    `Cannot configure function: ${name} is "${text}" (expected ${min} to ${max})`,
    { code: 'ERR_CONFIG' },
  )
}

/** `true` or `false` in variable `name`, or undefined where it is absent. Throws ERR_CONFIG. */
export function flag(env: Environment, name: string): boolean | undefined {
  const text = optional(env, name)
  if (text === undefined) return undefined
  if (text === 'true' || text === 'false') return text === 'true'
  throw new FoglineError(
    `Cannot configure function: ${name} is "${text}" (expected true or false)`,
    { code: 'ERR_CONFIG' },
  )
}
