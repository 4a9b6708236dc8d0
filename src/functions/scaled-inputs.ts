import { scalingFromParameters } from '../core/scaling.ts'
import type { Section } from '../core/section.ts'
import { zeros } from '../core/tensor.ts'
import type { InferRequest, NamedTensor } from '../core/v2/message.ts'
import { scaleInto } from '../formats/scale.ts'

/**
 * The inputs of a request, scaled where it asks for that: bytes that the model takes as FP32. Throws
 * ERR_REQUEST for a scaling that is none.
 */
export function scaledInputs(
  { inputs, parameters }: InferRequest,
  section: Section,
): readonly NamedTensor[] {
  const scaling = scalingFromParameters(parameters)
  if (!scaling) return inputs
  const into = scaleInto(scaling, 'FP32')
  return inputs.map((input) => {
    const spec = section.inputs.find(({ name }) => name === input.name)
    if (input.datatype !== 'UINT8' || spec?.datatype !== 'FP32') return input
    const scaled = zeros('FP32', input.shape)
    into(input, scaled, 0)
    return { ...scaled, name: input.name }
  })
}
