import * as z from 'zod'

/**
 * Fields of the pipeline file whose every issue has one message: what is allowed there, as `a number
 * from 0 to 1`. The reader of the file puts place and value before it.
 */

/** A number from `min` to `max`. */
export function number(min: number, max: number): z.ZodNumber {
  const allowed = `a number from ${min} to ${max}`
  return z.number(allowed).min(min, allowed).max(max, allowed)
}

/** A number above 0, up to `max`. */
export function positive(max: number): z.ZodNumber {
  const allowed = `a number above 0, at most ${max}`
  return z.number(allowed).positive(allowed).max(max, allowed)
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): z.ZodNumber {
  const allowed = `a whole number from ${min} to ${max}`
  return z.number(allowed).int(allowed).min(min, allowed).max(max, allowed)
}

/** Text of 1 to `charactersMax` characters. */
export function text(allowed: string, charactersMax: number): z.ZodString {
  return z.string(allowed).min(1, allowed).max(charactersMax, allowed)
}

/** Text that `pattern` matches. */
export function pattern(allowed: string, matching: RegExp): z.ZodString {
  return z.string(allowed).regex(matching, allowed)
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(
  words: T,
): z.ZodEnum<{ [Word in T[number]]: Word }> {
  return z.enum(words, words.length === 1 ? `only "${words[0]}"` : `one of ${words.join(', ')}`)
}

/** From `min` to `max` of `item`. */
export function list<T extends z.ZodType>(item: T, min: number, max: number): z.ZodArray<T> {
  const allowed = `a list of ${min} to ${max}`
  return z.array(item, allowed).min(min, allowed).max(max, allowed)
}
