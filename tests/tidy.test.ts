import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { findCycle } from './tidy/cycles.ts'
import {
  functionsOf,
  isTest,
  lineAt,
  linesOf,
  ROOT,
  roomOf,
  type SourceFile,
  sources,
} from './tidy/source.ts'

/** The house: a room imports itself and rooms on lower floors. A new room takes its line here. */
const FLOORS: Readonly<Record<string, number>> = {
  std: 0,
  core: 1,
  brokers: 2,
  models: 2,
  formats: 2,
  faas: 2,
  functions: 3,
  connector: 3,
  ingest: 3,
  platforms: 3,
  pipeline: 4,
  bench: 5,
  cli: 6,
}

/** Packages with one home, so that replacing one touches one room. */
const PACKAGE_ROOMS: Readonly<Record<string, string>> = {
  '@platformatic/kafka': 'brokers',
  avsc: 'formats',
  commander: 'cli',
  'eventsource-parser': 'ingest',
  'log-update': 'cli',
  'node:sqlite': 'brokers',
  'onnxruntime-common': 'models',
  'onnxruntime-node': 'models',
  sharp: 'formats',
  undici: 'std',
  yaml: 'pipeline',
  zod: 'pipeline',
}

const FILE_LINES_MAX = 250
const FUNCTION_LINES_MAX = 50
const PARAMETERS_MAX = 3
const MAIN_LINES_MAX = 40
const FIRST_SENTENCE_COLUMNS_MAX = 100
/** Words that say nothing about what a file holds. */
const EMPTY_NAMES = /\b(manager|service|utils?|helpers?|data|info|misc|common)\b/

const files = sources()
const code = files.filter((file) => !isTest(file.path))

function isMain(path: string): boolean {
  return path.endsWith('.main.ts') || path === 'src/cli/main.ts' || path.endsWith('.bench.ts')
}

function none(violations: readonly string[]): void {
  assert.deepEqual(violations, [])
}

describe('the house', () => {
  it('has only the rooms of the floor table', () => {
    const entries = readdirSync(join(ROOT, 'src'))
    none(entries.filter((entry) => !Object.hasOwn(FLOORS, entry)))
  })

  it('imports only its own room and lower floors', () => {
    none(files.flatMap(climbs))
  })

  it('has no cycles', () => {
    const graph = new Map(
      code.map((file) => [
        file.path,
        file.imports.flatMap((one) => (one.kind === 'file' ? [one.path] : [])),
      ]),
    )
    assert.equal(findCycle(graph)?.join(' -> '), undefined)
  })

  it('converts Keras and SavedModel without one knowing the other', () => {
    const sides = ['src/models/keras/', 'src/models/savedmodel/']
    const sideOf = (path: string) => sides.find((side) => path.startsWith(side))
    none(
      code.flatMap((file) =>
        file.imports.flatMap((one) => {
          const [from, to] = [sideOf(file.path), one.kind === 'file' ? sideOf(one.path) : undefined]
          return from && to && from !== to ? [`${file.path} imports ${to}`] : []
        }),
      ),
    )
  })

  it('keeps each third-party package in its one room', () => {
    none(code.flatMap(straysOf))
  })

  it('is named room by room in ARCHITECTURE.md', () => {
    const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
    none(Object.keys(FLOORS).filter((room) => !text.includes(`\`${room}/\``)))
  })
})

describe('core', () => {
  it('does no I/O and reads no clock and no environment', () => {
    const core = code.filter((file) => roomOf(file.path) === 'core')
    const impure = /\b(Date\.now|performance\.now|new Date\(\)|process\.|Math\.random|setTimeout)\b/
    none(core.filter((file) => impure.test(file.text)).map((file) => file.path))
    none(
      core
        .filter((file) =>
          file.imports.some((one) => one.kind === 'package' && one.name.startsWith('node:')),
        )
        .map((file) => file.path),
    )
  })
})

describe('each file', () => {
  it('is named in kebab-case for what it holds', () => {
    const bad = files.filter(({ path }) => {
      const name = basename(path).replace(/\.(main|test|bench)?\.?ts$/, '')
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || EMPTY_NAMES.test(name)
    })
    none(bad.map((file) => file.path))
  })

  it(`has at most ${FILE_LINES_MAX} lines, a main ${MAIN_LINES_MAX}`, () => {
    none(
      code.flatMap(({ path, text }) => {
        const lines = text.split('\n').length - 1
        const max = path.endsWith('.main.ts') ? MAIN_LINES_MAX : FILE_LINES_MAX
        return lines > max ? [`${path} has ${lines} lines`] : []
      }),
    )
  })

  it('does nothing on import, but for programs', () => {
    none(code.filter((file) => !isMain(file.path)).flatMap(effectsOf))
  })

  it('leaves the environment to programs, pipeline and cli', () => {
    const allowed = (path: string) =>
      isMain(path) || roomOf(path) === 'pipeline' || roomOf(path) === 'cli'
    none(
      code
        .filter(
          (file) =>
            !allowed(file.path) &&
            /\bprocess\.env\b/.test(file.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
        )
        .map((file) => file.path),
    )
  })

  it('has no default export, no re-export, no `any`, no non-null assertion', () => {
    const banned = ['ExportDefaultDeclaration', 'ExportAllDeclaration', 'TSAnyKeyword']
    none(
      files.flatMap((file) =>
        linesOf(file, [...banned, 'TSNonNullExpression']).map((line) => `${file.path}:${line}`),
      ),
    )
    none(
      files
        .filter((file) => /^export (type )?\{[^}]*\} from /m.test(file.text))
        .map((file) => file.path),
    )
  })
})

describe('each function', () => {
  it(`has at most ${FUNCTION_LINES_MAX} lines and ${PARAMETERS_MAX} parameters`, () => {
    none(
      code.flatMap((file) =>
        functionsOf(file)
          .filter((one) => one.lines > FUNCTION_LINES_MAX || one.parameters > PARAMETERS_MAX)
          .map(
            (one) =>
              `${file.path}:${one.line} has ${one.lines} lines, ${one.parameters} parameters`,
          ),
      ),
    )
  })
})

describe('each export', () => {
  it('has a docstring whose first sentence is short', () => {
    none(code.filter((file) => !isMain(file.path)).flatMap(undocumented))
  })
})

describe('tests of the tidy test', () => {
  it('findCycle() finds a cycle and only a cycle', () => {
    assert.equal(
      findCycle(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['c']],
          ['c', []],
        ]),
      ),
      undefined,
    )
    assert.deepEqual(
      findCycle(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
      ['b', 'c', 'b'],
    )
  })
})

function climbs(file: SourceFile): readonly string[] {
  const room = roomOf(file.path) ?? ''
  return file.imports.flatMap((one) => {
    if (one.kind === 'package') return []
    const target = roomOf(one.path)
    if (target === undefined) {
      return isTest(file.path) ? [] : [`${file.path} leaves src: ${one.path}`]
    }
    if (target === room || (FLOORS[target] ?? 99) < (FLOORS[room] ?? -1)) return []
    return [`${file.path} imports ${one.path}`]
  })
}

function straysOf(file: SourceFile): readonly string[] {
  return file.imports.flatMap((one) => {
    if (one.kind === 'file') return []
    const room = PACKAGE_ROOMS[one.name]
    return room === undefined || room === roomOf(file.path) ? [] : [`${file.path}: ${one.name}`]
  })
}

function effectsOf(file: SourceFile): readonly string[] {
  return file.program.body.flatMap((node) => {
    const place = `${file.path}:${lineAt(file, node.start)}`
    if (node.type === 'ExpressionStatement') return [`${place} runs on import`]
    const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node
    const isLet = declaration?.type === 'VariableDeclaration' && declaration.kind !== 'const'
    return isLet ? [`${place} is module state`] : []
  })
}

function undocumented(file: SourceFile): readonly string[] {
  return file.program.body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration' || !node.declaration) return []
    const place = `${file.path}:${lineAt(file, node.start)}`
    const comment = file.comments.find(
      (one) =>
        one.type === 'Block' &&
        one.value.startsWith('*') &&
        file.text.slice(one.end, node.start).trim() === '',
    )
    if (!comment) return [`${place} has no docstring`]
    const sentence = comment.value
      .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
      .replace(/^\*\s*/, '')
      .split(/(?<=[.:;])\s/)[0]
    const isLong = (sentence?.trim().length ?? 0) > FIRST_SENTENCE_COLUMNS_MAX
    return isLong ? [`${place} begins with a long sentence: ${sentence}`] : []
  })
}
