import * as z from 'zod'
import { pattern, text } from './fields.ts'

/** Where a secret lies; the secret itself has no place in a pipeline file. */
export type SecretFile = { readonly env: string } | { readonly file: string }

/** What stands for a secret, for people. */
export const SECRET_ALLOWED = 'a reference: { env: NAME } or { file: PATH }'

/** A reference to a secret. */
export const SECRET: z.ZodType<SecretFile> = z.union(
  [
    z.strictObject({
      env: pattern(
        'the name of an environment variable',
        /^[a-zA-Z_][a-zA-Z0-9_]{0,254}$/,
      ).describe('The environment variable that has it.'),
    }),
    z.strictObject({
      file: text('the path of a file', 4096).describe(
        'The file that has it, relative to this file.',
      ),
    }),
  ],
  SECRET_ALLOWED,
)
