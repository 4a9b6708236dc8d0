import * as z from 'zod'
import type { Path } from './parse/problem.ts'
import { PIPELINE_FILE } from './schema.ts'

/** The parts of a JSON Schema that a walk along a path needs. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  /** What keys are that are not named; `false` where there are none. */
  readonly additionalProperties?: JsonSchema | false
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly [keyword: string]: unknown
}

/** The JSON Schema (draft 7, which editors know best) of the pipeline file. */
export function pipelineJsonSchema(): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(PIPELINE_FILE, { target: 'draft-7', io: 'input' })
  return {
    $schema,
    title: 'Fogline pipeline',
    description: 'Tiers that answer one kind of sample, from the data upward: fogline.yaml.',
    ...rest,
  } as JsonSchema
}

/** The keys of the mapping at `path` of the pipeline file; none where there is no mapping. */
export function knownKeys(path: Path): readonly string[] {
  let schemas = alternatives(pipelineJsonSchema())
  for (const key of path) {
    schemas = schemas.flatMap((schema) => {
      const inner = typeof key === 'number' ? schema.items : property(schema, key)
      return inner ? alternatives(inner) : []
    })
  }
  return schemas.flatMap(({ properties }) => Object.keys(properties ?? {}))
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(alternatives)]
}

function property(
  { properties, additionalProperties }: JsonSchema,
  key: string,
): JsonSchema | undefined {
  if (properties && Object.hasOwn(properties, key)) return properties[key]
  return additionalProperties || undefined
}
