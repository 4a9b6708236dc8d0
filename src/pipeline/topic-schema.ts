import type * as z from 'zod'
import { pattern, text } from './fields.ts'

/** A topic of the pipeline file. */
export const TOPIC: z.ZodString = pattern(
  'at most 245 of a-z, A-Z, 0-9, ".", "_" and "-"',
  // Kafka's rule is 249 characters; `.dlq` takes four of them.
  /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,245}$/,
).describe('Topic; created where it is missing.')

/** The broker of a topic. */
export const BROKER: z.ZodString = text('the name of a broker, or an address', 4096).describe(
  'A name under `brokers`, or an address in place. Default: the only broker there is.',
)
