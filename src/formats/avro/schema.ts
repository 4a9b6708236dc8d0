import type { Type } from 'avsc'
import avsc from 'avsc'
import { FoglineError } from '../../std/errors.ts'

/** A parsed Avro schema. */
export interface AvroSchema {
  readonly type: Type
  /** Bytes with a logical type of their own: decimals, UUIDs; no raw numbers. */
  readonly opaque: ReadonlySet<Type>
}

/** Registries keep schemas as Kafka records, which are at most 1 MB by default. */
const CHARACTERS_MAX = 1_000_000

/** Logical types of Avro 1.12 whose bytes are not little-endian numbers. */
const OPAQUE_TYPES: ReadonlySet<unknown> = new Set(['decimal', 'big-decimal', 'duration', 'uuid'])

/**
 * The schema that `text`, JSON, holds. It may name types that `references` define: schemas, too, in the
 * order of their use. Logical types are read as what is beneath them. Throws ERR_TENSOR where it is no
 * Avro schema, or too long.
 */
export function parseAvroSchema(text: string, references: readonly string[] = []): AvroSchema {
  const opaque = new Set<Type>()
  const registry: Record<string, Type> = Object.create(null)
  const define = (schema: string): Type =>
    avsc.Type.forSchema(parsed(schema), {
      registry,
      // Each branch then says which one it is; else two kinds of numbers could not be told apart.
      wrapUnions: 'always',
      typeHook: (schema, options) => {
        const type = opaqueType(schema, options)
        if (type) opaque.add(type)
        return type
      },
    })
  try {
    for (const reference of references) define(reference)
    return { type: define(text), opaque }
  } catch (cause) {
    throw new FoglineError('Cannot use Avro schema', { code: 'ERR_TENSOR', cause })
  }
}

type TypeHook = NonNullable<NonNullable<Parameters<typeof Type.forSchema>[1]>['typeHook']>

/** The type itself is the one that avsc would make; it is made here to be known again. */
function opaqueType(...[schema, options]: Parameters<TypeHook>): Type | undefined {
  if (typeof schema !== 'object' || Array.isArray(schema)) return undefined
  if (!('logicalType' in schema) || !OPAQUE_TYPES.has(schema.logicalType)) return undefined
  const kind: unknown = 'type' in schema ? schema.type : undefined
  if (kind === 'bytes') return new avsc.types.BytesType()
  return kind === 'fixed' ? new avsc.types.FixedType(schema, options) : undefined
}

function parsed(text: string) {
  if (text.length > CHARACTERS_MAX) {
    throw new RangeError(`it has ${text.length} characters (at most ${CHARACTERS_MAX})`)
  }
  return JSON.parse(text)
}
