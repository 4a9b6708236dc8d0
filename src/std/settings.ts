import { FoglineError } from './errors.ts'

/**
 * A JSON object of settings, as others define them. Each reader gives undefined where the key is
 * absent or null, and throws ERR_CONFIG, naming the key but never its value, where that is another kind.
 */
export interface Settings {
  readonly keys: readonly string[]
  text(key: string): string | undefined
  number(key: string): number | undefined
  /** A list of texts, or one text, which stands for a list of one. */
  texts(key: string): readonly string[] | undefined
  inner(key: string): Settings | undefined
}

/** The settings in `value`, called `subject` in errors. Throws ERR_CONFIG unless it is an object. */
export function settingsOf(value: unknown, subject: string): Settings {
  if (!isObject(value)) throw misfit(subject, 'it is no JSON object')
  const read = <T>(key: string, kind: string, as: (given: unknown) => T | undefined) => {
    const given = Object.hasOwn(value, key) ? value[key] : undefined
    if (given === undefined || given === null) return undefined
    const taken = as(given)
    if (taken !== undefined) return taken
    throw misfit(subject, `"${key}" is not ${kind}`)
  }
  return {
    keys: Object.keys(value),
    text: (key) => read(key, 'a text', (given) => (isText(given) ? given : undefined)),
    number: (key) =>
      read(key, 'a number', (given) => (Number.isFinite(given) ? +(given as number) : undefined)),
    texts: (key) =>
      read(key, 'a text or a list of texts', (given) => {
        const list: readonly unknown[] = Array.isArray(given) ? given : [given]
        return list.every(isText) ? list : undefined
      }),
    inner: (key) =>
      read(key, 'an object', (given) =>
        isObject(given) ? settingsOf(given, `${subject}, "${key}"`) : undefined,
      ),
  }
}

/** The settings in JSON `text`. Throws ERR_CONFIG, without the text: it may hold secrets. */
export function settingsFromJson(text: string, subject: string): Settings {
  try {
    return settingsOf(JSON.parse(text), subject)
  } catch (error) {
    if (error instanceof FoglineError) throw error
    throw misfit(subject, 'it is not JSON')
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function misfit(subject: string, state: string): FoglineError {
  return new FoglineError(`Cannot use ${subject}: ${state}`, { code: 'ERR_CONFIG' })
}
