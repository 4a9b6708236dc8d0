import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Comment, type Program, parseSync, Visitor } from 'oxc-parser'

/** The folder of the project. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** One TypeScript file, parsed. */
export interface SourceFile {
  /** From the project's folder: `src/core/tensor.ts`. */
  readonly path: string
  readonly text: string
  readonly program: Program
  readonly comments: readonly Comment[]
  readonly imports: readonly Import[]
}

/** What a file imports: a file of ours by its path from the project's folder, or a package. */
export type Import =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly name: string }

/** A function with its place and size. */
export interface FunctionSize {
  readonly line: number
  readonly lines: number
  readonly parameters: number
}

/** Every TypeScript file of `src`, tests included. */
export function sources(): readonly SourceFile[] {
  return globSync('src/**/*.ts', { cwd: ROOT }).sort().map(parse)
}

/** Whether `path` is a test. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

/** The room that a path of `src` lies in: `core`. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

/** The line of `offset`, from 1 on. */
export function lineAt(file: SourceFile, offset: number): number {
  return file.text.slice(0, offset).split('\n').length
}

/** Every function of a file, named or not, with its lines (from its first to its last). */
export function functionsOf(file: SourceFile): readonly FunctionSize[] {
  const found: FunctionSize[] = []
  const add = (node: { start: number; end: number; params: readonly unknown[] }) => {
    const line = lineAt(file, node.start)
    const lines = lineAt(file, node.end) - line + 1
    found.push({ line, lines, parameters: node.params.length })
  }
  new Visitor({
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(file.program)
  return found
}

/** The lines in which a node of one of the given types stands. */
export function linesOf(file: SourceFile, types: readonly string[]): readonly number[] {
  const lines: number[] = []
  const add = (node: { start: number }) => lines.push(lineAt(file, node.start))
  new Visitor(Object.fromEntries(types.map((type) => [type, add]))).visit(file.program)
  return lines
}

function parse(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const { program, comments, module, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`Cannot parse ${path}: ${errors[0]?.message}`)
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) =>
    text.slice(start, end).replaceAll(/^['"`]|['"`]$/g, ''),
  )
  const requests = [...module.staticImports.map((one) => one.moduleRequest.value), ...dynamic]
  return { path, text, program, comments, imports: requests.map((name) => resolve(path, name)) }
}

function resolve(from: string, request: string): Import {
  if (!request.startsWith('.')) return { kind: 'package', name: packageName(request) }
  return { kind: 'file', path: relative(ROOT, join(ROOT, dirname(from), request)) }
}

function packageName(request: string): string {
  if (request.startsWith('node:')) return request
  const [scope = '', name = ''] = request.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}
