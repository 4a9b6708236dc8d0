import { rows, type Tensor, type TensorSpec, toFloats } from '../core/tensor.ts'
import { tensorFromNested } from '../formats/nested.ts'
import { FoglineError } from '../std/errors.ts'
import { pythonFloatText } from '../std/python-float-text.ts'

/** Samples of one envelope, at most; the prototype's devices send one. */
const SAMPLES_MAX = 4_096

/**
 * The samples in an envelope's value, JSON text, for input `spec`: lists nested as its shape says,
 * batch first; trailing axes of 1 may be missing. Throws ERR_TENSOR, or ERR_LIMIT.
 */
export function samplesOf(value: string, spec: TensorSpec): Tensor {
  const samples = tensorFromNested(JSON.parse(value), spec)
  if ((samples.shape[0] ?? 0) <= SAMPLES_MAX) return samples
  throw new FoglineError(`Cannot read value: more than ${SAMPLES_MAX} samples`, {
    code: 'ERR_LIMIT',
  })
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
