import type { Section } from '../core/section.ts'
import { describe, shapeFits, type Tensor, type TensorSpec, zeros } from '../core/tensor.ts'
import type { NamedTensor } from '../core/v2/message.ts'
import { FoglineError } from '../std/errors.ts'

/**
 * Runs `section` on a batch, given in any order; its outputs, in the section's. An empty batch gives
 * empty outputs. Throws ERR_REQUEST for a missing or unknown input, ERR_TENSOR for a wrong datatype or
 * shape, ERR_MODEL where the model fails.
 */
export async function runSection(
  section: Section,
  inputs: readonly NamedTensor[],
): Promise<readonly NamedTensor[]> {
  const ordered = section.inputs.map((spec) => inputFor(spec, inputs))
  const unknown = inputs.find(({ name }) => !section.inputs.some((spec) => spec.name === name))
  if (unknown) throw new FoglineError(unknownInput(unknown, section), { code: 'ERR_REQUEST' })
  const count = batchOf(ordered, inputs)
  const outputs = count === 0 ? section.outputs.map(empty) : await section.run(ordered)
  return section.outputs.map((spec, index) => {
    const output = outputs[index]
    if (output?.shape[0] === count) return { ...output, name: spec.name }
    const state = output ? `is ${describe(output)}` : 'is missing'
    throw new FoglineError(
      `Cannot use the model: output "${spec.name}" ${state} (expected a batch of ${count})`,
      { code: 'ERR_MODEL' },
    )
  })
}

function inputFor(spec: TensorSpec, inputs: readonly NamedTensor[]): NamedTensor {
  const input = inputs.find(({ name }) => name === spec.name)
  if (!input) {
    throw new FoglineError(`Cannot run the model: input "${spec.name}" is missing`, {
      code: 'ERR_REQUEST',
    })
  }
  if (input.datatype === spec.datatype && shapeFits(input.shape, spec.shape)) return input
  throw new FoglineError(
    `Cannot run the model: input "${spec.name}" is ${describe(input)} (expected ${describe(spec)})`,
    { code: 'ERR_TENSOR' },
  )
}

/** The one batch size of all inputs. */
function batchOf(ordered: readonly Tensor[], inputs: readonly NamedTensor[]): number {
  const count = ordered[0]?.shape[0] ?? 0
  const other = inputs.find(({ shape }) => shape[0] !== count)
  if (!other) return count
  throw new FoglineError(
    `Cannot run the model: input "${other.name}" is ${describe(other)} (expected a batch of ${count})`,
    { code: 'ERR_TENSOR' },
  )
}

function empty({ datatype, shape }: TensorSpec): Tensor {
  return zeros(
    datatype,
    shape.map((size, axis) => (axis === 0 || size === -1 ? 0 : size)),
  )
}

function unknownInput({ name }: NamedTensor, section: Section): string {
  const known = section.inputs.map((spec) => `"${spec.name}"`).join(', ')
  return `Cannot run the model: it has no input "${name}" (expected ${known})`
}
