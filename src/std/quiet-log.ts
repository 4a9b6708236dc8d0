import type { Log } from './log.ts'

/** How a quiet log tells time, and how often it repeats itself. */
export interface QuietLogOptions {
  readonly now: () => number
  readonly everyMs: number
}

/**
 * A log that writes the same message at most once in `everyMs`, with how often it was left out
 * before. For messages of a fixed set: what varies belongs into the fields.
 */
export function quietLog(log: Log, { now, everyMs }: QuietLogOptions): Log {
  const lines = new Map<string, { atMs: number; leftOut: number }>()
  return (level, message, fields = {}) => {
    const line = lines.get(message)
    const atMs = now()
    if (line && atMs - line.atMs < everyMs) {
      line.leftOut++
      return
    }
    log(level, message, line && line.leftOut > 0 ? { ...fields, leftOut: line.leftOut } : fields)
    lines.set(message, { atMs, leftOut: 0 })
  }
}
