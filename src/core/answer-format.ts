import { pythonFloatText } from '../std/python-float-text.ts'
import { textBytes } from '../std/text-bytes.ts'
import { type Answer, answerValue } from './answer.ts'

/** How the value of an answer is written: our own JSON, or another system's exact bytes. */
export type AnswerFormat = 'fogline' | 'kafka-ml' | 'prototype'

/** What writes the values of answers, by format. */
export const ANSWER_VALUES: Readonly<Record<AnswerFormat, (answer: Answer) => Uint8Array>> = {
  fogline: answerValue,
  'kafka-ml': ({ values }) => kafkaMlValue(values),
  prototype: ({ values }) => prototypeValue([values]),
}

/**
 * What Kafka-ML writes on an output topic: `{"values": [p0, p1]}`, by Python's `json.dumps` of 32-bit
 * floats widened to doubles. `values` must be finite.
 */
export function kafkaMlValue(values: Float32Array): Uint8Array {
  return textBytes(`{"values": ${listText(values)}}`)
}

/**
 * What the thesis prototype's funnel writes: `[[p0, p1]]`, by Python's `json.dumps` of a prediction
 * [batch, classes]; each of `rows`, which must be finite, is one sample's.
 */
export function prototypeValue(rows: readonly Float32Array[]): Uint8Array {
  return textBytes(`[${rows.map(listText).join(', ')}]`)
}

function listText(values: Float32Array): string {
  return `[${Array.from(values, pythonFloatText).join(', ')}]`
}
