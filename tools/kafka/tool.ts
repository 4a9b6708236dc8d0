import { type JavaResult, runJava } from './java.ts'

/** Kafka's own console tools by the names of its shell scripts. */
const TOOLS = {
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
} as const

/** How to run a tool. */
export interface KafkaToolRun {
  /** `host:port`, or several with commas. */
  readonly servers: string
  readonly args: readonly string[]
  /** Written to its standard input. */
  readonly input?: string
}

/** Runs one of Kafka's own tools to its end. */
export async function kafkaTool(tool: keyof typeof TOOLS, run: KafkaToolRun): Promise<JavaResult> {
  const args = ['--bootstrap-server', run.servers, ...run.args]
  return runJava({ main: TOOLS[tool], args, input: run.input ?? '' })
}
