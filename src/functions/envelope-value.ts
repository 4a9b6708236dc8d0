import { rows, type Tensor, type TensorSpec, toFloats } from '../core/tensor.ts'
import { tensorFromJson } from '../formats/json.ts'
import { FoglineError } from '../std/errors.ts'
import { pythonFloatText } from '../std/python-float-text.ts'

/** Samples of one envelope, at most; the prototype's devices send one. */
const SAMPLES_MAX = 4_096

/**
 * The samples in an envelope's value, JSON text, for input `spec`: lists nested as its shape says,
 * batch first. As Keras, it takes lists without a last axis of 1. Throws ERR_TENSOR, or ERR_LIMIT.
 */
export function samplesOf(value: string, spec: TensorSpec): Tensor {
  const parsed: unknown = JSON.parse(value)
  const { datatype, shape } = spec
  const rank = rankOf(parsed)
  const isImplied = shape.at(-1) === 1 && rank === shape.length - 1
  const given = tensorFromJson(parsed, { datatype, shape: isImplied ? shape.slice(0, -1) : shape })
  if ((given.shape[0] ?? 0) > SAMPLES_MAX) {
    throw new FoglineError(`Cannot read value: more than ${SAMPLES_MAX} samples`, {
      code: 'ERR_LIMIT',
    })
  }
  return isImplied ? { ...given, shape: [...given.shape, 1] } : given
}

/** The given rows of `batch` as nested lists, numbers as Python writes them. Throws ERR_MODEL for NaN. */
export function valueText(batch: Tensor, chosen: readonly number[]): string {
  const shape = batch.shape.slice(1)
  return `[${chosen.map((index) => nested(rows(batch, index, index + 1), shape)).join(', ')}]`
}

function nested(sample: Tensor, shape: readonly number[]): string {
  let texts = Array.from(toFloats(sample), (value) => {
    if (Number.isFinite(value)) return pythonFloatText(value)
    throw new FoglineError('Cannot write value: the model gave NaN or infinity', {
      code: 'ERR_MODEL',
    })
  })
  for (const size of shape.toReversed()) {
    texts = Array.from({ length: texts.length / size }, (_, index) => {
      return `[${texts.slice(index * size, (index + 1) * size).join(', ')}]`
    })
  }
  return texts[0] ?? ''
}

function rankOf(value: unknown): number {
  let rank = 0
  for (let current = value; Array.isArray(current); current = current[0]) rank++
  return rank
}
