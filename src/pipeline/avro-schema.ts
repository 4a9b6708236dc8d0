import { readFile, stat } from 'node:fs/promises'
import { samplingOf } from '../formats/avro/sampling.ts'
import { type AvroSchema, parseAvroSchema } from '../formats/avro/schema.ts'
import { FoglineError } from '../std/errors.ts'
import type { PipelineTier } from './pipeline.ts'

/** A schema has a million characters at most; they may be of several bytes each. */
const FILE_SIZE_BYTES_MAX = 4 * 1024 * 1024

/**
 * The schema of a tier's Avro values, or undefined where the file names none. Throws ERR_CONFIG, naming
 * the tier, where it cannot be read, is no Avro schema, or leaves open what the sample is.
 */
export async function avroSchemaOf({ name, input }: PipelineTier): Promise<AvroSchema | undefined> {
  const { schema: source, fields } = input
  if (!source) return undefined
  try {
    const text = source.kind === 'inline' ? source.text : await readText(source.path)
    const schema = parseAvroSchema(text)
    samplingOf(schema, fields)
    return schema
  } catch (cause) {
    const which = source.kind === 'inline' ? 'input.schema' : `schema "${source.path}"`
    throw new FoglineError(`Cannot use tier "${name}": its ${which} cannot be used`, {
      code: 'ERR_CONFIG',
      cause,
    })
  }
}

async function readText(path: string): Promise<string> {
  const { size } = await stat(path)
  if (size > FILE_SIZE_BYTES_MAX) {
    throw new RangeError(`it has ${size} bytes (at most ${FILE_SIZE_BYTES_MAX})`)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
}
