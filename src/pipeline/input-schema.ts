import * as z from 'zod'
import { DATATYPES, type Datatype } from '../core/tensor.ts'
import type { RecordFormat } from '../formats/record-decoder.ts'
import { choice, integer, list, pattern, text } from './fields.ts'
import { SECRET, type SecretFile } from './secret-schema.ts'
import { BROKER, TOPIC } from './topic-schema.ts'

/** Where a tier's samples come from, and how they are written; see the schema's descriptions. */
export interface InputFile {
  readonly broker?: string | undefined
  readonly topic?: string | undefined
  readonly partitions: number
  readonly format: RecordFormat
  readonly datatype?: Datatype | undefined
  readonly shape?: readonly number[] | undefined
  readonly scale: number
  readonly offset: number
  readonly fields?: readonly string[] | undefined
  readonly schema?: SchemaFile | undefined
  readonly registry?: RegistryFile | undefined
}

/** A schema registry: its address, and who asks it. */
export type RegistryFile =
  | string
  | { readonly url: string; readonly username: string; readonly password: SecretFile }

/** An Avro schema: a path, its JSON text, or the schema itself. */
export type SchemaFile = string | Readonly<Record<string, unknown>> | readonly unknown[]

const SCHEMA: z.ZodType<SchemaFile> = z.union(
  [
    text('the path of an .avsc file, or the schema itself', 1_000_000),
    z.record(z.string(), z.unknown()),
    z.array(z.unknown()),
  ],
  'the path of an .avsc file, or the schema itself',
)

const REGISTRY_ALLOWED = 'the address of a schema registry, as http://registry:8081'

const REGISTRY_ADDRESS = pattern(REGISTRY_ALLOWED, /^https?:\/\/[^\s?#]{1,2000}$/).refine(
  (address) => URL.canParse(address),
  REGISTRY_ALLOWED,
)

const REGISTRY: z.ZodType<RegistryFile> = z.union(
  [
    REGISTRY_ADDRESS.describe('Its address.'),
    z.strictObject({
      url: REGISTRY_ADDRESS.describe('Its address.'),
      username: text('text of 1 to 200 characters', 200).describe('Of HTTP basic authentication.'),
      password: SECRET.describe('Of HTTP basic authentication; read anew for each call.'),
    }),
  ],
  `${REGISTRY_ALLOWED}, or a mapping with url, username and password`,
)

/** The input of a tier. */
export const INPUT: z.ZodType<InputFile> = z.strictObject(
  {
    broker: BROKER.optional(),
    topic: TOPIC.optional().describe('Topic of samples. Default: `<tier>-input`.'),
    // Each partition costs memory in every member; more than this a machine's cores cannot use.
    partitions: integer(1, 1024)
      .default(4)
      .describe('Partitions of the topic, where it is created.'),
    format: choice(['raw', 'json', 'avro'])
      .default('raw')
      .describe(
        'How a record holds a sample: raw little-endian numbers, JSON, or Avro (which needs schema or registry). Records with the headers fogline-shape and fogline-datatype are raw in any case.',
      ),
    datatype: choice(DATATYPES as readonly [Datatype, ...Datatype[]])
      .optional()
      .describe("Of the numbers in a raw record. Default: the model's."),
    shape: list(integer(1, 2 ** 31 - 1), 0, 8)
      .optional()
      .describe("Of one sample, without the batch, as [28, 28, 1]. Default: the model's."),
    scale: z
      .number('a number other than 0')
      .refine((value) => value !== 0, 'a number other than 0')
      .default(1)
      .describe('The model is given value * scale + offset.'),
    offset: z.number('a number').default(0).describe('The model is given value * scale + offset.'),
    fields: list(text('the name of a field', 200), 1, 10_000)
      .optional()
      .describe(
        'Keys of a JSON object, or fields of an Avro record, whose numbers, in this order, are the sample; a single one may hold arrays.',
      ),
    schema: SCHEMA.optional().describe(
      'Avro schema: the path of an .avsc file, relative to this file, or the schema itself. Values are bare Avro of it; with a registry, they are turned into it.',
    ),
    registry: REGISTRY.optional().describe(
      "A schema registry with Confluent's interface: values are Avro in its framing, each read by the schema that it was written with.",
    ),
  },
  'a mapping',
)
