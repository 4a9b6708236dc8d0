import type { TopicSpec } from '../core/broker.ts'
import { deadLetterTopic, type Pipeline } from './pipeline.ts'

/** Every topic of a pipeline, by the address of its broker: inputs, outputs, dead letters. */
export function topicsByBroker(pipeline: Pipeline): ReadonlyMap<string, readonly TopicSpec[]> {
  const byBroker = new Map<string, Map<string, TopicSpec>>()
  const { retention } = pipeline
  const add = (address: string, topic: Omit<TopicSpec, 'retention'>) => {
    const topics = byBroker.get(address) ?? new Map<string, TopicSpec>()
    topics.set(topic.name, { ...topic, retention })
    byBroker.set(address, topics)
  }
  for (const { input, output } of pipeline.tiers) {
    add(input.broker, { name: input.topic, partitions: input.partitions })
    add(input.broker, { name: deadLetterTopic(input.topic), partitions: input.partitions })
    add(output.broker, { name: output.topic, partitions: output.partitions })
  }
  return new Map([...byBroker].map(([address, topics]) => [address, [...topics.values()]]))
}
