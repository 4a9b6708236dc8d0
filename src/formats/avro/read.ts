import type { Type } from 'avsc'
import avsc from 'avsc'
import { FoglineError } from '../../std/errors.ts'
import { boundsOf } from './bounds.ts'
import { projectionOf, samplingOf } from './sampling.ts'
import type { AvroSchema } from './schema.ts'

/**
 * Takes the sample out of the bytes of an Avro value: numbers, perhaps nested in arrays, or raw bytes.
 * Throws ERR_TENSOR where they are no such value.
 */
export type ReadAvro = (bytes: Uint8Array) => unknown

/** How a value is read, besides by the schema that it was written with. */
export interface ReadAvroOptions {
  /** What the value is turned into first, by Avro's rules of schema resolution. */
  readonly reader?: AvroSchema | undefined
  /** The record's fields that are the sample. */
  readonly fields?: readonly string[] | undefined
}

/**
 * What reads values that were written with `writer`. Throws ERR_TENSOR where the schemas do not fit
 * each other, or do not say where the sample is.
 */
export function readAvro(writer: AvroSchema, { reader, fields }: ReadAvroOptions): ReadAvro {
  const sampling = samplingOf(reader ?? writer, fields)
  const type = reader?.type ?? projected(writer.type, sampling.fields)
  // All fields of the reader's schema are read, whichever are the sample.
  const check = boundsOf(writer.type, reader ? namesOf(reader.type) : sampling.fields)
  const resolver = type === writer.type ? undefined : resolverOf(type, writer.type)
  return (bytes) => {
    const { buffer, byteOffset, byteLength } = bytes
    try {
      check(bytes)
      return sampling.take(type.fromBuffer(Buffer.from(buffer, byteOffset, byteLength), resolver))
    } catch (cause) {
      if (cause instanceof FoglineError) throw cause
      throw new FoglineError('Cannot read record: its value is not Avro of its schema', {
        code: 'ERR_TENSOR',
        cause,
      })
    }
  }
}

function projected(type: Type, fields: ReadonlySet<string> | undefined): Type {
  return fields ? projectionOf(type, fields) : type
}

function resolverOf(reader: Type, writer: Type): ReturnType<Type['createResolver']> {
  try {
    return reader.createResolver(writer)
  } catch (cause) {
    throw new FoglineError("Cannot use Avro schema: it does not fit the reader's", {
      code: 'ERR_TENSOR',
      cause,
    })
  }
}

/** What a writer may call the fields of the record that `type` is; undefined where it is none. */
function namesOf(type: Type): ReadonlySet<string> | undefined {
  const records = type instanceof avsc.types.WrappedUnionType ? type.types : [type]
  const names = records.flatMap((record) =>
    record instanceof avsc.types.RecordType
      ? record.fields.flatMap(({ name, aliases }) => [name, ...aliases])
      : [],
  )
  return names.length > 0 ? new Set(names) : undefined
}
