import type { TopicSpec } from '../core/broker.ts'
import { deadLetterTopic, type Pipeline } from './pipeline.ts'

/**
 * Every topic that the tiers of a pipeline read or write, by the key of its broker: inputs, outputs,
 * dead letters, and the inputs of tiers above that run elsewhere.
 */
export function topicsByBroker(pipeline: Pipeline): ReadonlyMap<string, readonly TopicSpec[]> {
  const byBroker = new Map<string, Map<string, TopicSpec>>()
  const { retention } = pipeline
  const add = (address: string, topic: Omit<TopicSpec, 'retention'>) => {
    const topics = byBroker.get(address) ?? new Map<string, TopicSpec>()
    topics.set(topic.name, { ...topic, retention })
    byBroker.set(address, topics)
  }
  for (const { input, output, upper } of pipeline.tiers) {
    add(input.broker, { name: input.topic, partitions: input.partitions })
    add(input.broker, { name: deadLetterTopic(input.topic), partitions: input.partitions })
    add(output.broker, { name: output.topic, partitions: output.partitions })
    if (upper) {
      add(upper.input.broker, { name: upper.input.topic, partitions: upper.input.partitions })
    }
  }
  return new Map([...byBroker].map(([address, topics]) => [address, [...topics.values()]]))
}
