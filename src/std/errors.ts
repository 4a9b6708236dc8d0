/** What went wrong, for programs. Every error that Fogline throws on purpose has one of these. */
export type ErrorCode =
  /** The caller's arguments (a command line, an option) do not make sense. */
  | 'ERR_ARGUMENT'
  /** A configuration file or environment variable is missing or wrong. */
  | 'ERR_CONFIG'
  /** A tensor's datatype, shape or values do not fit. */
  | 'ERR_TENSOR'
  /** A model file cannot be read, is refused, or failed to run. */
  | 'ERR_MODEL'
  /** A request breaks its protocol. */
  | 'ERR_REQUEST'
  /** The broker refused or is misused: unknown topic, folder in use, closed. */
  | 'ERR_BROKER'
  /** A function failed, crashed, or answered nonsense. */
  | 'ERR_FUNCTION'
  /** A peer cannot be reached or is too busy; the same call may succeed later. */
  | 'ERR_UNAVAILABLE'
  /** A stated time limit passed. */
  | 'ERR_TIMEOUT'
  /** A stated size or count limit was exceeded. */
  | 'ERR_LIMIT'

/** What an error may carry besides its message. */
export interface FoglineErrorOptions {
  readonly code: ErrorCode
  readonly cause?: unknown
}

/** The one error class: `Cannot VERB OBJECT: current state (desired state)`, a code, and the cause. */
export class FoglineError extends Error {
  override readonly name = 'FoglineError'
  readonly code: ErrorCode

  constructor(message: string, options: FoglineErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
  }
}

/** Whether `error` is a FoglineError, with `code` if one is given. */
export function isFoglineError(error: unknown, code?: ErrorCode): error is FoglineError {
  return error instanceof FoglineError && (code === undefined || error.code === code)
}

/** How deep a chain of causes is followed; a cycle ends here. */
const CAUSES_MAX = 8

/** The message of `error` and of its causes, outermost first, joined by `: `; on one line. */
export function messageOf(error: unknown): string {
  const messages: string[] = []
  let current = error
  for (let depth = 0; depth < CAUSES_MAX && current !== undefined && current !== null; depth++) {
    messages.push(current instanceof Error ? current.message || current.name : String(current))
    current = current instanceof Error ? current.cause : undefined
  }
  return messages.join(': ').replaceAll(/\s*\n\s*/g, ' ')
}
