/** How the outputs of an exit are to be read. `sigmoid` is one unit: the probability of class 1. */
export type ExitFrom = 'probabilities' | 'logits' | 'sigmoid'

/** How sure a prediction is. */
export type ExitMetric = 'confidence' | 'entropy' | 'margin'

/** When a tier may answer by itself instead of asking the tier above. */
export interface ExitRule {
  /**
   * `confidence`: the largest probability. `margin`: the largest minus the second largest.
   * `entropy`: Shannon's, divided by the logarithm of the number of classes (BranchyNet, Teerapittayanon
   * et al. 2016, normalised).
   */
  readonly metric: ExitMetric
  /** In 0..1. Confidence and margin must reach it; normalised entropy must not exceed it. */
  readonly threshold: number
  readonly from: ExitFrom
  /** Logits are divided by it before the softmax (Guo et al. 2017); above 0, 1 changes nothing. */
  readonly temperature: number
}

/** How far the sum of probabilities may be from 1: half-precision exits round that much. */
const SUM_TOLERANCE = 1e-2

/**
 * Class probabilities from what an exit gave: shape [classes], at least 2, in 0..1, summing to 1.
 * Undefined where that is NaN, infinite, empty, negative, or not what `from` says.
 */
export function probabilities(
  values: Float32Array,
  { from, temperature }: Pick<ExitRule, 'from' | 'temperature'>,
): Float32Array | undefined {
  if (values.length === 0 || values.some((value) => !Number.isFinite(value))) return undefined
  if (from === 'sigmoid') return fromSigmoid(values, temperature)
  if (values.length < 2) return undefined
  if (from === 'logits') return softmax(values, temperature)
  const sum = values.reduce((total, value) => total + value, 0)
  if (Math.abs(sum - 1) > SUM_TOLERANCE || values.some((value) => value < 0)) return undefined
  return temperature === 1 ? values : softmax(values.map(Math.log), temperature)
}

/** How sure `distribution` (shape [classes], as `probabilities` gives it) is, by `metric`; in 0..1. */
export function certainty(distribution: Float32Array, metric: ExitMetric): number {
  if (metric === 'entropy') return normalisedEntropy(distribution)
  const { first, second } = largestTwo(distribution)
  // What sums to 1 only within the tolerance may have a value above 1.
  return Math.min(1, metric === 'confidence' ? first : first - second)
}

/**
 * Whether an exit that gave `values` (shape [classes], or [1] for a sigmoid) is sure enough to leave.
 * False for anything that is no distribution: NaN, infinite, empty or wrongly sized.
 */
export function exits(values: Float32Array, rule: ExitRule): boolean {
  const distribution = probabilities(values, rule)
  if (!distribution) return false
  const measure = certainty(distribution, rule.metric)
  return rule.metric === 'entropy' ? measure <= rule.threshold : measure >= rule.threshold
}

/** Shannon entropy over its maximum, log(classes): 0 for one certain class, 1 for a uniform distribution. */
function normalisedEntropy(distribution: Float32Array): number {
  let entropy = 0
  for (const probability of distribution) {
    if (probability > 0) entropy -= probability * Math.log(probability)
  }
  return Math.min(1, Math.max(0, entropy / Math.log(distribution.length)))
}

function largestTwo(values: Float32Array): { first: number; second: number } {
  let first = 0
  let second = 0
  for (const value of values) {
    if (value > first) {
      second = first
      first = value
    } else if (value > second) {
      second = value
    }
  }
  return { first, second }
}

function softmax(logits: Float32Array, temperature: number): Float32Array | undefined {
  const largest = logits.reduce((max, value) => Math.max(max, value), -Infinity)
  if (largest === -Infinity) return undefined
  const exponentials = logits.map((value) => Math.exp((value - largest) / temperature))
  const sum = exponentials.reduce((total, value) => total + value, 0)
  return exponentials.map((value) => value / sum)
}

function fromSigmoid(values: Float32Array, temperature: number): Float32Array | undefined {
  const [positive] = values
  if (values.length !== 1 || positive === undefined || positive < 0 || positive > 1)
    return undefined
  const both = Float32Array.of(1 - positive, positive)
  return temperature === 1 ? both : softmax(both.map(Math.log), temperature)
}
