import type { Readable } from 'node:stream'

/** Longer lines are cut: one program must not fill the memory by printing no line end. */
const LINE_LENGTH_MAX = 4_096

/** The end of what a program printed is kept, to say why it ended. */
const TAIL_LINES_MAX = 30

/** Gives each line that `stream` carries to `write`, cut to 4096 characters, without empty ones. */
export function forwardLines(stream: Readable, write: (line: string) => void): void {
  let rest = ''
  const flush = (line: string) => {
    if (line.trim() !== '') write(line.trimEnd().slice(0, LINE_LENGTH_MAX))
  }
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = (lines.pop() ?? '').slice(0, LINE_LENGTH_MAX)
    lines.forEach(flush)
  })
  stream.on('end', () => flush(rest))
}

/** The last lines of a program's output. */
export class OutputTail {
  readonly #lines: string[] = []

  /** Adds a line; beyond 30, the oldest goes. */
  add(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > TAIL_LINES_MAX) this.#lines.shift()
  }

  /** What best says why the program ended: the last line that names an error, else the last. */
  reason(): string | undefined {
    return (
      this.#lines.findLast((line) => /^\S*(Error|Exception)\b/.test(line)) ?? this.#lines.at(-1)
    )
  }
}
