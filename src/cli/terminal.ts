import type { Readable, Writable } from 'node:stream'

/** What a command reads from and prints to. */
export interface Terminal {
  /** Relative paths of arguments start here. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Results; with `--json` nothing but JSON. */
  out(text: string): void
  /** Progress, logs, warnings, errors. */
  err(text: string): void
  /** Where live tables and progress bars are drawn, if a person watches. */
  readonly screen: Screen | undefined
  /** Aborts at the first Ctrl-C or SIGTERM: finish what is under way. */
  readonly signal: AbortSignal
  /** Whether debug lines and stacks of errors are wanted. */
  readonly isVerbose: boolean
}

/** The part of a terminal that is drawn again and again. */
export type Screen = Writable & { readonly columns?: number }

/** The streams and signals of a process. */
export interface ProcessLike {
  readonly stdin: Readable
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly argv: readonly string[]
  cwd(): string
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  exit(code: number): void
}

/** As shells report a program that Ctrl-C ended: 128 + SIGINT. */
const EXIT_INTERRUPTED = 130

/** The terminal of a process. A second Ctrl-C or SIGTERM ends it at once, a reader that left too. */
export function processTerminal(own: ProcessLike): Terminal {
  const abort = new AbortController()
  const stop = () => {
    if (abort.signal.aborted) own.exit(EXIT_INTERRUPTED)
    abort.abort()
  }
  own.on('SIGINT', stop)
  own.on('SIGTERM', stop)
  // `fogline tail | head -1` closes the pipe: that is an end, not an error.
  own.stdout.on('error', () => own.exit(0))
  return {
    cwd: own.cwd(),
    env: own.env,
    out: (text) => own.stdout.write(text),
    err: (text) => own.stderr.write(text),
    screen: own.stderr.isTTY && own.stdout.isTTY ? own.stderr : undefined,
    signal: abort.signal,
    isVerbose: own.argv.includes('--verbose'),
  }
}
