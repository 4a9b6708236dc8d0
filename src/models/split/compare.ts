import { cast } from '../../core/cast.ts'
import {
  elementCount,
  isFloat,
  type Tensor,
  type TensorSpec,
  toFloats,
  zeros,
} from '../../core/tensor.ts'
import type { Converted } from '../keras/convert.ts'
import { writeOnnx } from '../onnx/write.ts'
import { openSession, type RunnableModel } from '../session.ts'

/** Enough samples for the batch to be one, few enough for the largest model. */
const BATCH = 2

/** A section to be held against the whole: its first output, against which of the whole's. */
export interface ComparedSection extends RunnableModel {
  readonly exitIndex: number
}

/**
 * Runs the whole and the sections in a row on the same made-up samples; the largest difference of an
 * exit, of its largest value, at least of 1. Undefined where an input's size is open.
 */
export async function largestDifference(
  converted: Converted,
  sections: readonly ComparedSection[],
): Promise<number | undefined> {
  if (converted.inputs.some(({ shape }) => shape.slice(1).includes(-1))) return undefined
  const { graph, inputs, outputs } = converted
  const whole = {
    onnx: writeOnnx(graph),
    version: '',
    inputKeys: graph.inputs.map(({ name }) => name),
    outputKeys: graph.outputs.map(({ name }) => name),
    inputs,
    outputs,
  }
  const samples = inputs.map(madeUp)
  const expected = await run(whole, samples)
  let fed: readonly Tensor[] = samples
  let largest = 0
  for (const section of sections) {
    const [answer, features] = await run(section, fed)
    const wanted = expected[section.exitIndex]
    if (!answer || !wanted) return Number.NaN
    largest = Math.max(largest, difference(answer, wanted))
    if (features) fed = [features]
  }
  return largest
}

async function run(model: RunnableModel, inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
  const session = await openSession(model, 1)
  try {
    return await session.run(inputs)
  } finally {
    await session.close()
  }
}

/** The same numbers for a model each time: in -1..1; of whole numbers zeros, as an index has a range. */
function madeUp({ datatype, shape }: TensorSpec): Tensor {
  const sizes = [BATCH, ...shape.slice(1)]
  if (!isFloat(datatype)) return zeros(datatype, sizes)
  const values = Array.from({ length: elementCount(sizes) }, (_, index) => Math.sin(7 * index))
  return cast({ datatype: 'FP32', shape: sizes, data: Float32Array.from(values) }, datatype)
}

function difference(answer: Tensor, wanted: Tensor): number {
  const given = toFloats(answer)
  const expected = toFloats(wanted)
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1)
  const apart = expected.reduce((max, value, index) => {
    return Object.is(value, given[index])
      ? max
      : Math.max(max, Math.abs(value - (given[index] ?? Number.NaN)))
  }, 0)
  return apart / largest
}
