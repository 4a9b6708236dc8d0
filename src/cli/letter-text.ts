import { HEADERS } from '../core/headers.ts'
import type { DoorLetters, ShownLetter } from '../ingest/door.ts'
import { table } from './table.ts'

/** Messages in a list are cut here: the whole stands in `show`. */
const ERROR_COLUMNS = 72

/** Bytes of a value that is no text, shown as hexadecimal. */
const BYTES_SHOWN = 64
/** Characters of a text value. */
const CHARACTERS_SHOWN = 2_000

/** A page of dead letters as a table, and what to do next. */
export function lettersText({ letters, total, next }: DoorLetters): string {
  if (total === 0) return 'no dead letters\n'
  const rows = letters.map(({ letter, diedMs, code, error = '', id, retries }) => [
    letter,
    new Date(diedMs).toISOString(),
    id,
    retries,
    code ?? '-',
    error.length > ERROR_COLUMNS ? `${error.slice(0, ERROR_COLUMNS - 1)}…` : error,
  ])
  const count = next === undefined ? `${total} in all` : `${letters.length} of ${total}`
  return `${table(['letter', 'died', 'id', 'retries', 'code', 'error'], rows)}\n${count}\n`
}

/** A dead letter for people, line by line. */
export function letterText(letter: ShownLetter): string {
  const { code = '-', error = '-', origin = '-', attempts = '-', diedMs, timeMs, key } = letter
  const facts: readonly (readonly [string, string])[] = [
    ['letter', letter.letter],
    ['code', code],
    ['error', error],
    ['origin', origin],
    ['attempts', String(attempts)],
    ['retries', String(letter.retries)],
    ['died', new Date(diedMs).toISOString()],
    ['id', letter.id],
    ['sent', new Date(timeMs).toISOString()],
    ['key', key === null ? '-' : valueText(key)],
  ]
  const others = Object.entries(letter.headers).filter(([name]) => !TOLD.has(name))
  return [
    lines(facts),
    others.length > 0 ? `\nother headers\n${lines(others)}` : '',
    `\nvalue, ${letter.sizeBytes} bytes\n  ${valueText(letter.value)}\n`,
  ].join('')
}

/** Headers that the facts tell. */
const TOLD: ReadonlySet<string> = new Set([
  HEADERS.errorCode,
  HEADERS.error,
  HEADERS.origin,
  HEADERS.attempts,
  HEADERS.retry,
  HEADERS.id,
  HEADERS.time,
])

function lines(facts: readonly (readonly [string, string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length))
  return facts.map(([name, text]) => `  ${name.padEnd(width)}  ${printable(text)}\n`).join('')
}

/** Text as it is, JSON as JSON, other bytes in hexadecimal; long ones are cut. */
function valueText(value: unknown): string {
  const bytes = bytesOf(value)
  if (!bytes) return cut(typeof value === 'string' ? value : JSON.stringify(value))
  const text = textOf(bytes)
  if (text !== undefined) return cut(text)
  const shown = Buffer.from(bytes.subarray(0, BYTES_SHOWN)).toString('hex')
  return bytes.length > BYTES_SHOWN ? `${shown}…` : shown
}

/** The bytes that `{"base64": …}` stands for. */
function bytesOf(value: unknown): Uint8Array | undefined {
  const isBytes = value !== null && typeof value === 'object' && 'base64' in value
  return isBytes ? Buffer.from(String(value.base64), 'base64') : undefined
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text === printable(text) ? text : undefined
  } catch {
    return undefined
  }
}

function cut(text: string): string {
  const line = printable(text)
  return line.length > CHARACTERS_SHOWN ? `${line.slice(0, CHARACTERS_SHOWN)}…` : line
}

/** Without what would move a terminal's cursor or change its colours. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}')
}
