import * as z from 'zod'
import { MODEL_ALLOWED, SHA256_PATTERN } from '../models/sources/model-source.ts'
import { pattern, text } from './fields.ts'
import { SECRET, type SecretFile } from './secret-schema.ts'

/** Where a tier's model is: a path or address, alone or with what is said of it. */
export type ModelEntry =
  | string
  | {
      readonly address: string
      readonly sha256?: string | undefined
      readonly signature?: string | undefined
      readonly allowHttp?: boolean | undefined
      readonly allowPrivate?: boolean | undefined
      readonly authorization?: SecretFile | undefined
    }

const ADDRESS = pattern(MODEL_ALLOWED, /^[^\0]{1,4096}$/)

const FLAG = z.boolean('true or false')

/** The model of a tier. */
export const MODEL: z.ZodType<ModelEntry> = z.union(
  [
    ADDRESS.describe(
      'Path of the Keras file, SavedModel or ONNX file, relative to this file; or where to get it: https://HOST/PATH, or kafka-ml+http://HOST:PORT/RESULT for a trained model of Kafka-ML.',
    ),
    z.strictObject({
      address: ADDRESS.describe('Path or address of the model.'),
      sha256: pattern('a sha256 of 64 hexadecimal digits', SHA256_PATTERN)
        .optional()
        .describe('What the file must be; a copy that is in the cache then needs no network.'),
      signature: text('the name of a signature', 200)
        .optional()
        .describe(
          'Of a SavedModel: which of its functions is the model. Default: serving_default.',
        ),
      allowHttp: FLAG.optional().describe(
        'Whether http: without TLS will do. Default: only for kafka-ml+http:.',
      ),
      allowPrivate: FLAG.optional().describe(
        'Whether it may come from this machine or a private network. Default: only for kafka-ml+http: and kafka-ml+https:.',
      ),
      authorization: SECRET.optional().describe(
        'Value of the header Authorization, as `Bearer …`; sent to the host of `address` only.',
      ),
    }),
  ],
  `${MODEL_ALLOWED}; or a mapping with address`,
)
