import { basename, resolve } from 'node:path'
import { deepFreeze } from '../std/deep-freeze.ts'
import type { FoglineError } from '../std/errors.ts'
import { knownKeys } from './json-schema.ts'
import { crossCheck } from './parse/checks.ts'
import { schemaProblems } from './parse/issues.ts'
import { type LocatedProblem, type Problem, pathText, problemsError } from './parse/problem.ts'
import { type Resolved, resolvePipeline } from './parse/resolve.ts'
import { readYaml, type YamlDocument } from './parse/yaml-document.ts'
import type { Pipeline } from './pipeline.ts'
import { PIPELINE_FILE } from './schema.ts'
import type { SecretOrigin } from './secrets.ts'

/** Where the text of a pipeline file came from. */
export interface PipelineOrigin {
  /** As messages name it. */
  readonly file: string
  /** What its paths are relative to. */
  readonly folder: string
  /** Where its secrets may be. Default: the environment of this process. */
  readonly env?: SecretOrigin['env']
}

/** A pipeline, and the means to say what else is wrong with its file. */
export interface ParsedPipeline {
  readonly pipeline: Pipeline
  /** References to secrets, of each broker's key. */
  readonly secrets: Resolved['secrets']
  /** Those of each tier, by its name. */
  readonly tierSecrets: Resolved['tierSecrets']
  /** An ERR_CONFIG error of `problems`, each with its place in the file. */
  refuse(problems: readonly Problem[]): FoglineError
}

/**
 * The pipeline that `text` (YAML or JSON) describes: frozen, paths absolute, defaults filled in.
 * Throws ERR_CONFIG with one line a problem, as `fogline.yaml:3:5: tiers[0].exit.threshold:
 * 1.5 is not allowed (a number from 0 to 1)`; the files that it names are not looked at.
 */
export function parsePipeline(text: string, origin: PipelineOrigin): Pipeline {
  return parsePipelineText(text, origin).pipeline
}

/** As `parsePipeline`, for who has more to check. */
export function parsePipelineText(text: string, origin: PipelineOrigin): ParsedPipeline {
  const document = parseDocument(text, origin)
  const parsed = PIPELINE_FILE.safeParse(document.value)
  if (!parsed.success) {
    const problems = schemaProblems(parsed.error.issues, document.value, knownKeys)
    throw problemsError(origin.file, located(problems, document))
  }
  const refuse = (problems: readonly Problem[]) =>
    problemsError(origin.file, located(problems, document))
  const { folder, env = process.env } = origin
  const file = resolve(folder, basename(origin.file))
  const { pipeline, problems, ...secrets } = resolvePipeline(parsed.data, { file, env })
  const all = [...problems, ...crossCheck(parsed.data, pipeline)]
  if (all.length > 0) throw refuse(all)
  return { pipeline: deepFreeze(pipeline), ...secrets, refuse }
}

function parseDocument(text: string, { file }: PipelineOrigin): YamlDocument {
  const yaml = readYaml(text)
  if (yaml.kind === 'problems') throw problemsError(file, yaml.problems)
  return yaml.document
}

function located(problems: readonly Problem[], document: YamlDocument): LocatedProblem[] {
  return problems.map(({ path, text, at }) => {
    const position = at === 'key' ? document.positionOfKey(path) : document.positionOf(path)
    return { ...position, text: path.length > 0 ? `${pathText(path)}: ${text}` : text }
  })
}
