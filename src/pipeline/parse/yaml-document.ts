import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import { messageOf } from '../../std/errors.ts'
import type { LocatedProblem, Path, Position } from './problem.ts'

/** A file's value, and where in the file each part of it stands. */
export interface YamlDocument {
  readonly value: unknown
  /** Of the value at `path`; of the nearest part around it that the file has where it has none. */
  positionOf(path: Path): Position
  /** Of the key that `path` ends with. */
  positionOfKey(path: Path): Position
}

/** Aliases let 1 kB stand for gigabytes ("billion laughs"); people repeat an anchor a few times. */
const ALIASES_MAX = 100

/** Reads YAML 1.2 (JSON is a part of it): the document, or all that is wrong with its syntax. */
export function readYaml(
  text: string,
):
  | { readonly kind: 'document'; readonly document: YamlDocument }
  | { readonly kind: 'problems'; readonly problems: readonly LocatedProblem[] } {
  const lineCounter = new LineCounter()
  try {
    const parsed = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true })
    const problems = [...parsed.errors, ...parsed.warnings].map(({ code, message, pos }) => ({
      ...position(lineCounter, pos[0]),
      text: code === 'MULTIPLE_DOCS' ? 'a second document is not allowed' : withoutSource(message),
    }))
    if (problems.some(({ text }) => text.includes('call stack'))) throw new RangeError()
    if (problems.length > 0) return { kind: 'problems', problems }
    const alias = unresolvedAlias(parsed)
    if (alias !== undefined) {
      const text = 'Unresolved alias (the anchor must be set before the alias)'
      return { kind: 'problems', problems: [{ ...position(lineCounter, alias), text }] }
    }
    const value: unknown = parsed.toJS({ maxAliasCount: ALIASES_MAX })
    return {
      kind: 'document',
      document: {
        value,
        positionOf: (path) => position(lineCounter, offsetOf(parsed, path)),
        positionOfKey: (path) => position(lineCounter, keyOffsetOf(parsed, path)),
      },
    }
  } catch (error) {
    // Too many aliases, an alias within itself, or nested deeper than the stack reaches.
    const text = error instanceof RangeError ? 'it is nested too deeply' : messageOf(error)
    return { kind: 'problems', problems: [{ line: 1, column: 1, text }] }
  }
}

/** Some of the parser's messages repeat what is in the file, and that may be meant to be a secret. */
function withoutSource(message: string): string {
  return message.replace(
    /^(Unresolved tag|Could not resolve tag|Block scalar header[^:]*|Unknown directive)\b.*$/s,
    '$1',
  )
}

/** The offset of the first alias without an anchor before it. */
function unresolvedAlias(document: Document.Parsed): number | undefined {
  const anchors = new Set<string>()
  let offset: number | undefined
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        if (anchors.has(node.source)) return
        offset = node.range?.[0] ?? 0
        return visit.BREAK
      }
      if (node.anchor !== undefined) anchors.add(node.anchor)
    },
  })
  return offset
}

function position(lineCounter: LineCounter, offset: number): Position {
  const { line, col } = lineCounter.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function offsetOf(document: Document.Parsed, path: Path): number {
  let offset = document.contents?.range[0] ?? 0
  let node: Node | null | undefined = document.contents
  for (const key of path) {
    node = child(document, node, key)?.value
    if (!node?.range) break
    offset = node.range[0]
  }
  return offset
}

function keyOffsetOf(document: Document.Parsed, path: Path): number {
  let node: Node | null | undefined = document.contents
  for (const key of path.slice(0, -1)) node = child(document, node, key)?.value
  const last = path.at(-1)
  const key = last === undefined ? undefined : child(document, node, last)?.key
  return key?.range?.[0] ?? offsetOf(document, path)
}

function child(
  document: Document.Parsed,
  parent: Node | null | undefined,
  key: string | number,
): { readonly key?: Node; readonly value: Node | null } | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent
  if (isSeq<Node>(node)) return { value: node.items[Number(key)] ?? null }
  if (!isMap<Node, Node | null>(node)) return undefined
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
}
