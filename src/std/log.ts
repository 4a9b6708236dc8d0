import { styleText } from 'node:util'
import { messageOf } from './errors.ts'

/** How much a line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a line says besides its message; errors are written with their causes. */
export type LogFields = Readonly<Record<string, unknown>>

/** Writes one line. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void

/** A log that drops everything. */
export const noLog: Log = () => {}

/** Lines for people: `12:30:01 warn message key=value`. */
export function textLog(write: (line: string) => void, now: () => number): Log {
  return (level, message, fields = {}) => {
    const time = new Date(now()).toISOString().slice(11, 19)
    const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${text(value)}`)
    const label = level === 'error' || level === 'warn' ? styleText('yellow', level) : level
    write(`${time} ${label} ${message}${pairs.join('')}\n`)
  }
}

function text(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(messageOf(value))
  return typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)
}
