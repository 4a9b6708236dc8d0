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

/** The same pipeline under another name, its topics called `<name>-<topic>`: apart from all others. */
export function renamed(pipeline: Pipeline, name: string): Pipeline {
  const own = <T extends { readonly topic: string }>(place: T): T => ({
    ...place,
    topic: `${name}-${place.topic}`,
  })
  const tiers = pipeline.tiers.map((tier) => ({
    ...tier,
    functionName: `${name}-${tier.name}`,
    input: own(tier.input),
    output: own(tier.output),
    ...(tier.upper && { upper: { ...tier.upper, input: own(tier.upper.input) } }),
  }))
  return { ...pipeline, name, tiers }
}
