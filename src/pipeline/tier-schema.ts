import * as z from 'zod'
import type { AnswerFormat } from '../core/answer-format.ts'
import type { ExitMetric, ExitRule } from '../core/exit-rule.ts'
import type { Isolation } from '../core/platform.ts'
import { choice, integer, list, number, pattern, positive, text } from './fields.ts'
import { INPUT, type InputFile } from './input-schema.ts'
import { MODEL, type ModelEntry } from './model-schema.ts'
import { BROKER, TOPIC } from './topic-schema.ts'

/** An exit; at the top, metric and threshold are not allowed. */
export interface ExitFile extends Pick<ExitRule, 'from' | 'temperature'> {
  readonly metric?: ExitMetric | undefined
  readonly threshold?: number | undefined
}

/** A tier as the pipeline file has it, once its own defaults are filled in. */
export interface TierFile {
  readonly name?: string | undefined
  readonly model: ModelEntry
  readonly exit?: ExitFile | undefined
  readonly input: InputFile
  readonly output: OutputFile
  readonly outputs: {
    readonly prediction?: string | undefined
    readonly features?: string | undefined
  }
  readonly labels?: readonly (string | number)[] | undefined
  readonly platform: { readonly type: 'local'; readonly isolation: Isolation }
  readonly scaling: ScalingFile
  readonly outcomes: 'connector' | 'funnel'
  readonly guarantee: 'at-least-once' | 'exactly-once'
  readonly timeoutMs: number
}

/** Where a tier's answers go. */
export interface OutputFile {
  readonly broker?: string | undefined
  readonly topic?: string | undefined
  readonly format: AnswerFormat
}

/** A scaling rule whose upper bound may be left open. */
export interface ScalingFile {
  readonly minReplicas: number
  readonly maxReplicas?: number | undefined
  readonly targetConcurrency: number
  readonly idleTimeoutMs: number
}

/** A DNS label (RFC 1123), as every platform wants function names. */
export const NAME: z.ZodString = pattern(
  'at most 63 of a-z, 0-9 and "-", first and last no "-"',
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
)

/** ImageNet-21k has the most classes of the common data sets. */
const LABELS_MAX = 22_000

/** Labels of classes; YAML reads `[0, 1]` as numbers, and means their text. */
export const LABELS: z.ZodType<readonly (string | number)[]> = list(
  z.union([text('text of 1 to 200 characters', 200), z.number()], 'text or a number'),
  1,
  LABELS_MAX,
)

const TENSOR_NAME = text("the name of one of the model's outputs", 200)

const EXIT = z.strictObject(
  {
    metric: choice(['confidence', 'entropy', 'margin'])
      .optional()
      .describe(
        'Default: confidence. How sure a prediction is: the largest probability, the entropy divided by the logarithm of the number of classes, or the largest probability minus the second largest.',
      ),
    threshold: number(0, 1)
      .optional()
      .describe(
        'Default: 0.8. A sample leaves at this tier where confidence or margin reach it, or entropy does not exceed it.',
      ),
    from: choice(['probabilities', 'logits', 'sigmoid'])
      .default('probabilities')
      .describe('What the exit gives: probabilities, logits, or one sigmoid unit.'),
    temperature: positive(1000)
      .default(1)
      .describe(
        'Logits are divided by it before the softmax (Guo et al. 2017); 1 changes nothing.',
      ),
  },
  'a mapping',
)

const OUTPUT = z.strictObject(
  {
    broker: BROKER.optional().describe(
      "A name under `brokers`, or an address in place. Default: the input's.",
    ),
    topic: TOPIC.optional().describe(
      'Topic of answers; tiers may share one. Default: `<tier>-output`.',
    ),
    format: choice(['fogline', 'kafka-ml', 'prototype'])
      .default('fogline')
      .describe(
        'How an answer is written: JSON with class, confidence, tier and reason, or the exact bytes of Kafka-ML, {"values": [0.25, 0.75]}, or of the thesis prototype, [[0.25, 0.75]]. Headers are the same in all.',
      ),
  },
  'a mapping',
)

const OUTPUTS = z.strictObject(
  {
    prediction: TENSOR_NAME.optional().describe('The output with the class probabilities.'),
    features: TENSOR_NAME.optional().describe('The output that the tier above is given.'),
  },
  'a mapping',
)

const PLATFORM = z.strictObject(
  {
    type: choice(['local']).default('local').describe('What runs the function: this machine.'),
    isolation: choice(['thread', 'process'])
      .default('thread')
      .describe(
        "Threads are quick and small; processes survive a crash of another's model and take longer to start.",
      ),
  },
  'a mapping',
)

const SCALING = z.strictObject(
  {
    // A replica of the smallest model takes 25 MB.
    minReplicas: integer(0, 64).default(1).describe('0 lets the function scale to zero.'),
    maxReplicas: integer(1, 64)
      .optional()
      .describe('Default: 4, or `minReplicas` where that is larger.'),
    targetConcurrency: integer(1, 1024)
      .default(1)
      .describe('Invocations that one replica works on at a time.'),
    idleTimeoutMs: integer(1, 86_400_000)
      .default(60_000)
      .describe('A replica that was idle for so long ends, down to `minReplicas`; milliseconds.'),
  },
  'a mapping',
)

/** One tier of the pipeline file. */
export const TIER_FILE: z.ZodType<TierFile> = z.strictObject(
  {
    name: NAME.optional().describe(
      "Default: the model file's name, or edge, fog and cloud where three of those will not do.",
    ),
    model: MODEL.describe('The section of the network that this tier runs.'),
    exit: EXIT.optional().describe(
      'When this tier answers by itself. The top tier answers every sample: there, only `from` and `temperature` mean something.',
    ),
    input: INPUT.prefault({}).describe('Where samples come from, and how they are written.'),
    output: OUTPUT.prefault({}).describe('Where answers go.'),
    outputs: OUTPUTS.prefault({}).describe(
      "Which of the model's outputs is which, where names and shapes leave it open.",
    ),
    labels: LABELS.optional().describe('Names of the classes, in order, for answers.'),
    platform: PLATFORM.prefault({}).describe('What runs the inference function.'),
    scaling: SCALING.prefault({}).describe('How its replicas follow the load.'),
    outcomes: choice(['connector', 'funnel'])
      .default('connector')
      .describe(
        'What writes answers and features to their topics: the connector, or functions of their own that the inference function calls, on Kafka only.',
      ),
    guarantee: choice(['at-least-once', 'exactly-once'])
      .default('at-least-once')
      .describe('Exactly once needs input, output and the next tier on one broker.'),
    timeoutMs: integer(1, 3_600_000)
      .default(30_000)
      .describe('An invocation that takes longer fails and is tried again; milliseconds.'),
  },
  'a path or a mapping',
)
