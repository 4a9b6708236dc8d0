import { FoglineError } from '../std/errors.ts'
import { pythonFloatText } from '../std/python-float-text.ts'

/** Texts, brackets and separators, and what is neither: numbers, `true`, `false`, `null`. */
const TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/** Python escapes all that is not printable ASCII, in UTF-16 units. */
const ESCAPED = /[^ -~]/g

const SEPARATORS: Readonly<Record<string, string>> = { ',': ', ', ':': ': ' }

/**
 * JSON text as Python writes it again, `json.dumps(json.loads(json))`: every number stays the integer
 * or the double that it is. `json` must be JSON. Throws ERR_REQUEST for a number beyond all doubles,
 * which Python would write as `Infinity`, and nobody else could read.
 */
export function pythonJson(json: string): string {
  return Array.from(json.matchAll(TOKEN), ([token]) => pythonToken(token)).join('')
}

/**
 * The text of field `name` of the JSON object `json`, as it stands there; of several the last, as
 * parsers take them. Undefined where it has none. `json` must be JSON.
 */
export function rawField(json: string, name: string): string | undefined {
  let depth = 0
  let start: number | undefined
  let found: string | undefined
  let key: string | undefined
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    const closes = token === '}' || token === ']'
    if (depth === 1 && start !== undefined && (token === ',' || closes)) {
      found = json.slice(start, index).trim()
      start = undefined
    }
    if (depth === 1 && token === ':' && key === name) start ??= index + 1
    if (depth === 1) key = token.startsWith('"') ? String(JSON.parse(token)) : undefined
    if (token === '{' || token === '[') depth++
    if (closes) depth--
  }
  return found
}

function pythonToken(token: string): string {
  const first = token[0] ?? ''
  if (first === '"') return pythonText(token)
  if (/[-\d]/.test(first)) return pythonNumber(token)
  return SEPARATORS[token] ?? token
}

function pythonText(token: string): string {
  const text: string = JSON.parse(token)
  return JSON.stringify(text).replace(ESCAPED, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Python's integers have no bound and no `-0`. */
function pythonNumber(token: string): string {
  if (!/[.eE]/.test(token)) return token === '-0' ? '0' : token
  const value = Number(token)
  if (Number.isFinite(value)) return pythonFloatText(value)
  throw new FoglineError(`Cannot write number "${token}": it is larger than any double`, {
    code: 'ERR_REQUEST',
  })
}
