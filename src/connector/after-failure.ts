/** Whose fault a failed invocation is, as far as its answer tells. */
export type Fault =
  /** The records': refused as they are (400, 413, 422). */
  | 'records'
  /** The function's, for these records: it failed, crashed, or answered nonsense. */
  | 'function'
  /** The function's or its surroundings': it took too long, or the connection broke. */
  | 'unclear'
  /** The surroundings': nobody there, overloaded, or wrongly set up. Trying again may help. */
  | 'surroundings'

/** What is known of a group whose invocation failed. */
export interface Failed {
  readonly fault: Fault
  readonly count: number
  /** Failed attempts of a record alone, without this one. */
  readonly failures: number
  /** Whether other invocations succeeded since one of this group first failed for unclear reasons. */
  readonly othersSucceeded: boolean
}

/** What happens next to a group whose invocation failed. */
export type Next =
  /** The group becomes two. While `held`, the partition waits before anything else is invoked. */
  | { readonly kind: 'halve'; readonly held: boolean }
  /** The record tries again after a while; others go on. */
  | { readonly kind: 'again' }
  /** The record is a dead letter, after so many attempts. */
  | { readonly kind: 'give-up'; readonly attempts: number }
  /** The group tries again, and the partition waits until then. */
  | { readonly kind: 'hold' }

/** Attempts of a record alone that fails at the function; four retries pass most restarts. */
export const ATTEMPTS_MAX = 5

/**
 * What follows a failed invocation. A fault of the function is searched by halves until the culprit
 * is alone; an unclear one, too, for it may be a batch that is too much work. Alone, a record with an
 * unclear failure is only suspected while others succeed: else the function itself may be away.
 */
export function afterFailure({ fault, count, failures, othersSucceeded }: Failed): Next {
  if (fault === 'surroundings') return { kind: 'hold' }
  if (count > 1) return { kind: 'halve', held: fault === 'unclear' }
  if (fault === 'records') return { kind: 'give-up', attempts: failures + 1 }
  if (fault === 'unclear' && !othersSucceeded) return { kind: 'hold' }
  const attempts = failures + 1
  return attempts < ATTEMPTS_MAX ? { kind: 'again' } : { kind: 'give-up', attempts }
}

/** What a group's failure means, for the log. */
export const FAULT_MESSAGES: Readonly<Record<Fault, string>> = {
  records: 'The function refuses a record: looking for it',
  function: 'The function fails: looking for the record that makes it',
  unclear: 'The function does not answer: the partition waits',
  surroundings: 'The function cannot be reached: the partition waits',
}
