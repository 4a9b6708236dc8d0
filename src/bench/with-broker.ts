import type { Pipeline } from '../pipeline/pipeline.ts'

/** The same pipeline with all its topics on the broker at `address`. */
export function withBroker(pipeline: Pipeline, address: string): Pipeline {
  return {
    ...pipeline,
    tiers: pipeline.tiers.map((tier) => ({
      ...tier,
      input: { ...tier.input, broker: address },
      output: { ...tier.output, broker: address },
      ...(tier.upper && {
        upper: { ...tier.upper, input: { ...tier.upper.input, broker: address } },
      }),
    })),
  }
}
