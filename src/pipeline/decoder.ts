import { schemaRegistry } from '../formats/avro/registry.ts'
import { type RecordDecoder, recordDecoder } from '../formats/record-decoder.ts'
import type { TierPlan } from './plan.ts'

/** What reads the records of a tier; a schema registry that it asks is closed with `stack`. */
export function openDecoder({ tier, input }: TierPlan, stack: AsyncDisposableStack): RecordDecoder {
  if (!tier.input.registry) return recordDecoder(input)
  const registry = schemaRegistry(tier.input.registry)
  stack.defer(() => registry.close())
  return recordDecoder(input, registry)
}
