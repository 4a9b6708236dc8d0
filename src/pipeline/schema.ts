import * as z from 'zod'
import { BROKER_FILE, type BrokerFile } from './broker-schema.ts'
import { list, pattern } from './fields.ts'
import { DURATION, SIZE } from './parse/quantity.ts'
import { LABELS, NAME, TIER_FILE, type TierFile } from './tier-schema.ts'

/** The pipeline file, once its own defaults are filled in. */
export interface PipelineFile {
  readonly name?: string | undefined
  readonly labels?: readonly (string | number)[] | undefined
  readonly brokers: Readonly<Record<string, BrokerFile>>
  readonly retention: { readonly age: string; readonly size: string }
  readonly tiers: readonly TierFile[]
}

/** Every tier adds a hop; published pipelines have two to four. */
const TIERS_MAX = 16

const BROKER_NAME = pattern(
  'a name of at most 63 letters, digits, "_" and "-"',
  /^[a-zA-Z0-9_-]{1,63}$/,
)

const RETENTION = z.strictObject(
  {
    age: pattern('a duration as 30s, 15m, 12h or 7d', DURATION)
      .default('7d')
      .describe('Older records are deleted: a number with ms, s, m, h or d.'),
    size: pattern('a size as 500KB, 256MiB or 2GiB', SIZE)
      .default('256MiB')
      .describe('Of one partition; the oldest records beyond are deleted: as 500KB or 2GiB.'),
  },
  'a mapping',
)

/** The whole pipeline file (`fogline.yaml`): its types, its JSON Schema and its reference page. */
export const PIPELINE_FILE: z.ZodType<PipelineFile> = z.strictObject(
  {
    name: NAME.optional().describe("Of the pipeline. Default: its folder's name."),
    labels: LABELS.optional().describe('Names of the classes, in order, for answers of all tiers.'),
    brokers: z
      .record(BROKER_NAME, BROKER_FILE, 'a mapping of names to addresses')
      .default({})
      .describe(
        'Brokers by name, each an address or a mapping. Default: one, embedded:./.fogline/data.',
      ),
    retention: RETENTION.prefault({}).describe(
      'How much topics keep. What a tier has not worked on yet is never deleted.',
    ),
    tiers: list(
      z.union(
        [
          z
            .string()
            .transform((model): unknown => ({ model }))
            .pipe(TIER_FILE)
            .describe('Only the path or address of its model.'),
          TIER_FILE,
        ],
        'the path or address of a model, or a mapping',
      ),
      1,
      TIERS_MAX,
    ).describe(
      'From the data upward: edge, fog, cloud. Each a mapping, or only the path or address of its model.',
    ),
  },
  'a mapping with tiers',
)
