import type { TopicSpec } from '../core/broker.ts'
import { FoglineError } from '../std/errors.ts'

/** Kafka's rule for names (org.apache.kafka.common.internals.Topic). */
const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/

/** Each partition costs memory in every member; far beyond what one machine's consumers can use. */
const PARTITIONS_MAX = 1024

/** Throws ERR_BROKER if no broker could create `topic`: its name or number of partitions is wrong. */
export function checkTopic({ name, partitions }: TopicSpec): void {
  if (!TOPIC_NAME.test(name) || name === '.' || name === '..') {
    throw new FoglineError(
      `Cannot create topic "${name}": not a topic name (1 to 249 letters, digits, ".", "_", "-")`,
      { code: 'ERR_BROKER' },
    )
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    throw new FoglineError(
      `Cannot create topic "${name}": ${partitions} partitions (1 to ${PARTITIONS_MAX})`,
      { code: 'ERR_BROKER' },
    )
  }
}
