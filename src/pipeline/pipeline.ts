import type { KafkaConfig } from '../brokers/kafka/kafka-config.ts'
import type { AnswerFormat } from '../core/answer-format.ts'
import type { Retention } from '../core/broker.ts'
import type { ExitRule } from '../core/exit-rule.ts'
import type { Isolation, ScalingRule } from '../core/platform.ts'
import type { Datatype } from '../core/tensor.ts'
import type { RegistryConfig } from '../formats/avro/registry.ts'
import type { RecordFormat } from '../formats/record-decoder.ts'
import type { ModelSource } from '../models/sources/model-source.ts'

/** The ordered tiers that answer one kind of sample: a pipeline file with nothing left to default. */
export interface Pipeline {
  readonly name: string
  /** Absolute path of the file it was read from. */
  readonly file: string
  /** Of every topic. */
  readonly retention: Retention
  /** How Kafka clusters are used, by the key that topics name; any other key is an address. */
  readonly clusters: Readonly<Record<string, KafkaConfig>>
  /** From the data upward; at least one. */
  readonly tiers: readonly PipelineTier[]
}

/** A tier of a pipeline. */
export interface PipelineTier {
  readonly name: string
  /** `<pipeline>-<tier>`, a DNS label. */
  readonly functionName: string
  readonly model: ModelSource
  /** Absent at the top, where every sample is answered. */
  readonly exit?: ExitRule
  /** What the exit gives, for class and confidence in answers. */
  readonly reading: Pick<ExitRule, 'from' | 'temperature'>
  readonly input: PipelineInput
  readonly output: PipelineOutput
  /** Absent at the top. */
  readonly upper?: UpperTier
  /** The model's outputs, where the file names them. */
  readonly outputs: { readonly prediction?: string; readonly features?: string }
  /** Names of the classes: the tier's own, else the pipeline's. */
  readonly labels?: readonly string[]
  readonly platform: { readonly type: 'local'; readonly isolation: Isolation }
  readonly scaling: ScalingRule
  /** Who writes them. */
  readonly outcomes: 'connector' | 'funnel'
  readonly guarantee: 'at-least-once' | 'exactly-once'
  /** Of one invocation. */
  readonly timeoutMs: number
}

/** The tier above another: what that one has to know of it, even if it runs elsewhere. */
export interface UpperTier {
  readonly name: string
  /** Perhaps no file on this machine. */
  readonly model: ModelSource
  /** Takes the features of the tier below. */
  readonly input: PipelineTopic
}

/** A topic on a broker. */
export interface PipelineTopic {
  /** `embedded:` and an absolute folder, `memory:`, or `kafka://` and servers; equal keys are one broker. */
  readonly broker: string
  readonly topic: string
  readonly partitions: number
}

/** Where a tier's answers go, and how they are written. */
export interface PipelineOutput extends PipelineTopic {
  readonly format: AnswerFormat
}

/** Where a tier's samples lie, and how to read them. */
export interface PipelineInput extends PipelineTopic {
  readonly format: RecordFormat
  /** Of raw values; the model's own where absent. */
  readonly datatype?: Datatype
  /** Of one sample, without the batch; the model's own where absent. */
  readonly shape?: readonly number[]
  /** The model is given value * scale + offset. */
  readonly scale: number
  readonly offset: number
  /** Keys of a JSON object or fields of an Avro record, in the order of the sample. */
  readonly fields?: readonly string[]
  /** Of Avro values; where there is a registry, they are turned into it. */
  readonly schema?: SchemaSource
  /** Has the schemas that Avro values were written with. */
  readonly registry?: RegistryConfig
}

/** Where the text of an Avro schema is: in a file, by its absolute path, or in the pipeline file. */
export type SchemaSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'inline'; readonly text: string }

/** The topic that takes what could not be processed from topic `input`. */
export function deadLetterTopic(input: string): string {
  return `${input}.dlq`
}

/** A function that writes a tier's outcomes: answers, or features for the tier above. */
export type Funnel = 'exit' | 'next'

/** The name of a funnel of the tier whose inference function is `functionName`. */
export function funnelName(functionName: string, funnel: Funnel): string {
  return `${functionName}-${funnel}-funnel`
}

/** Every function of a tier, by name: its inference function, then its funnels. */
export function functionNames({
  functionName,
  outcomes,
  upper,
}: Pick<PipelineTier, 'functionName' | 'outcomes' | 'upper'>): readonly string[] {
  if (outcomes === 'connector') return [functionName]
  const funnels: readonly Funnel[] = upper ? ['exit', 'next'] : ['exit']
  return [functionName, ...funnels.map((funnel) => funnelName(functionName, funnel))]
}
