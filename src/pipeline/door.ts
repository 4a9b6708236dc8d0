import { randomUUID } from 'node:crypto'
import type { Broker } from '../core/broker.ts'
import type { Handler } from '../core/handler.ts'
import { type IngestTier, ingestHandler } from '../ingest/ingest-handler.ts'
import type { SampleInput } from '../ingest/sample-record.ts'
import type { Now } from '../std/clock.ts'
import { connectorGroup, deadLetterGroup } from './groups.ts'
import type { OpenBrokers } from './open-brokers.ts'
import { deadLetterTopic, type Pipeline } from './pipeline.ts'
import type { TierPlan } from './plan.ts'
import { topicsByBroker } from './topics.ts'

/** What a pipeline's door opens to. */
export interface DoorOptions {
  readonly tiers: readonly DoorTierPlan[]
  readonly brokers: Pick<OpenBrokers, 'get'>
  /** Answers `/function/…`. */
  readonly gateway: Handler
  /** Whether the tier of this name consumes its topic. */
  readonly consumes: (tier: string) => boolean
  readonly now: Now
}

/** A tier as the door needs it. */
export interface DoorTierPlan extends Pick<TierPlan, 'tier'> {
  /** How samples become records; absent where the tier's model is not at hand. */
  readonly input?: SampleInput | undefined
}

/** The door of `pipeline`, whose brokers are open. */
export function doorOf(pipeline: Pipeline, options: DoorOptions): Handler {
  const { tiers, brokers, gateway, consumes, now } = options
  const topics = [...topicsByBroker(pipeline)].flatMap(([key, specs]) =>
    specs.map(({ name }) => [name, brokers.get(key)] as const),
  )
  return ingestHandler({
    tiers: tiers.map((plan) => ingestTier(pipeline, plan, brokers.get(plan.tier.input.broker))),
    topics: new Map(topics),
    gateway,
    consumes,
    now,
    randomId: randomUUID,
  })
}

function ingestTier(pipeline: Pipeline, { tier, input }: DoorTierPlan, broker: Broker): IngestTier {
  const { topic } = tier.input
  const names = { pipeline: pipeline.name, tier: tier.name }
  return {
    name: tier.name,
    topic,
    output: tier.output.topic,
    broker,
    input,
    group: connectorGroup(names),
    deadLetters: {
      broker,
      topic: deadLetterTopic(topic),
      group: deadLetterGroup(names),
      inputTopic: topic,
    },
  }
}
