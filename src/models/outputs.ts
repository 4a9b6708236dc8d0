import { describe, type TensorSpec } from '../core/tensor.ts'
import { FoglineError } from '../std/errors.ts'

/** Which output of a section is what, by name. */
export interface ChosenOutputs {
  readonly prediction: string
  /** Absent where the section has one output only. */
  readonly features?: string
}

/** What is known besides the outputs themselves. */
export interface OutputHints {
  /** The inputs of the section above: what fits them are the features. */
  readonly upper?: readonly TensorSpec[]
  /** Whether nothing is handed up, so that there need not be features. */
  readonly isTop?: boolean
  /** What the user says, in whole or in part. */
  readonly configured?: { readonly prediction?: string; readonly features?: string }
}

/**
 * Tells prediction from features: a single output is the prediction, and at the top the one that is
 * named or the only one of two axes; else the features are what fits the tier above or, where that is
 * not known, the only output of more than two axes. Throws ERR_CONFIG asking for `outputs` where that
 * leaves more than one reading, or none.
 */
export function chooseOutputs(outputs: readonly TensorSpec[], hints: OutputHints): ChosenOutputs {
  const { upper, isTop = false, configured = {} } = hints
  const asked = { outputs, isTop }
  const prediction = named(asked, configured.prediction)
  const features = named(asked, configured.features)
  if (prediction !== undefined && prediction === features) {
    throw ask(asked, `"${prediction.name}" cannot be both prediction and features`)
  }
  if (outputs.length === 1 && !features) {
    return { prediction: only(asked, outputs, 'prediction').name }
  }
  if (isTop && !features) {
    return { prediction: (prediction ?? only(asked, outputs.filter(isRow), 'prediction')).name }
  }
  const free = outputs.filter((output) => output !== prediction && output !== features)
  if (prediction && (features || free.length === 0)) return chosen(prediction, features)
  const chosenFeatures = features ?? only(asked, featuresAmong(free, upper), 'features')
  const rest = free.filter((output) => output !== chosenFeatures)
  const chosenPrediction =
    prediction ?? only(asked, upper ? rest : rest.filter(isRow), 'prediction')
  return chosen(chosenPrediction, chosenFeatures)
}

function chosen(prediction: TensorSpec, features: TensorSpec | undefined): ChosenOutputs {
  return features
    ? { prediction: prediction.name, features: features.name }
    : { prediction: prediction.name }
}

/** What a message is about. */
interface Asked {
  readonly outputs: readonly TensorSpec[]
  readonly isTop: boolean
}

function named(asked: Asked, name: string | undefined): TensorSpec | undefined {
  if (name === undefined) return undefined
  const output = asked.outputs.find((each) => each.name === name)
  if (!output) throw ask(asked, `there is no "${name}"`)
  return output
}

function featuresAmong(
  outputs: readonly TensorSpec[],
  upper: readonly TensorSpec[] | undefined,
): readonly TensorSpec[] {
  if (!upper) return outputs.filter((output) => !isRow(output))
  const [input, ...others] = upper
  if (!input || others.length > 0) {
    throw new FoglineError(
      `Cannot choose outputs: the tier above has ${upper.length} inputs (expected one)`,
      { code: 'ERR_CONFIG' },
    )
  }
  return outputs.filter((output) => fits(output, input))
}

/** One row of classes a sample: [batch, classes]. */
function isRow({ shape }: TensorSpec): boolean {
  return shape.length === 2
}

function fits(output: TensorSpec, input: TensorSpec): boolean {
  return (
    output.datatype === input.datatype &&
    output.shape.length === input.shape.length &&
    output.shape.every((size, axis) => {
      const wanted = input.shape[axis]
      return size === wanted || size === -1 || wanted === -1
    })
  )
}

/** The one candidate; ERR_CONFIG where there are more, or none. */
function only(asked: Asked, candidates: readonly TensorSpec[], role: string): TensorSpec {
  const [first, ...others] = candidates
  if (!first) throw ask(asked, `none can be the ${role}`)
  if (others.length > 0) {
    const names = candidates.map(({ name }) => `"${name}"`).join(' and ')
    throw ask(asked, `${names} could each be the ${role}`)
  }
  return first
}

function ask({ outputs, isTop }: Asked, reason: string): FoglineError {
  const given = outputs.map((output) => `${output.name} ${describe(output)}`).join(', ')
  const wanted = isTop ? '{ prediction: NAME }' : '{ prediction: NAME, features: NAME }'
  return new FoglineError(
    `Cannot choose among outputs ${given}: ${reason} (set "outputs" to ${wanted})`,
    { code: 'ERR_CONFIG' },
  )
}
