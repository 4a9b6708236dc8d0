import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, cast, squeeze, transpose, unsqueeze, where } from '../../../onnx/operators.ts'
import { type CellOperator, nth } from './cell.ts'
import type { Recurrence, Sequence } from './sequence.ts'
import { type Steps, stepsThatCount, takeSteps } from './steps.ts'
import { flipTime } from './time-axis.ts'

/** Adds ONNX's operator for a cell: what does not count is left out before, and filled in after it. */
export function byOperator(graph: Graph, operator: CellOperator, sequence: Sequence): Recurrence {
  const { mask, isBackwards, isWhole } = sequence
  if (!mask) {
    const { outputs, states } = goThrough(graph, operator, sequence)
    return { output: isWhole ? transpose(graph, outputs, TIME_FIRST) : nth(states, 0), states }
  }
  const turn = (value: Value) => (isBackwards ? flipTime(graph, value) : value)
  const steps = stepsThatCount(graph, turn(mask))
  const input = takeSteps(graph, turn(sequence.input), steps.order)
  const counted = { ...sequence, input, lengths: steps.lengths, isBackwards: false }
  const { outputs, states } = goThrough(graph, operator, counted)
  const filled = fillIn(graph, { ...sequence, mask: turn(mask), steps, outputs, states })
  return { ...filled, output: isWhole ? turn(filled.output) : filled.output }
}

/** Time and batch change places. */
const TIME_FIRST: readonly number[] = [1, 0, 2]

interface Passage extends Pick<Sequence, 'input' | 'initial' | 'isBackwards'> {
  /** How many steps each sample has, INT32 of [batch]; all if absent. */
  readonly lengths?: Value
}

/** The outputs of all steps, [time, batch, units], in the order of the input, and the last states. */
interface Passed {
  readonly outputs: Value
  readonly states: readonly Value[]
}

/** ONNX has the time in front, and an axis for the directions besides. */
function goThrough(graph: Graph, operator: CellOperator, passage: Passage): Passed {
  const { op, units, attributes, weights } = operator
  const { input, lengths, isBackwards } = passage
  const [batch = -1, time = -1, features = -1] = input.shape
  const initial = passage.initial.map((state) => unsqueeze(graph, state, [0]))
  const last = { shape: [1, batch, units] }
  const [outputs, ...states] = graph.addEach(
    {
      op,
      inputs: [transpose(graph, input, TIME_FIRST), ...weights(features), lengths, ...initial],
      attributes: {
        ...attributes,
        hidden_size: { int: units },
        direction: { text: isBackwards ? 'reverse' : 'forward' },
      },
    },
    [{ shape: [time, 1, batch, units] }, ...(op === 'LSTM' ? [last, last] : [last])],
  )
  if (!outputs) throw new RangeError(`Cannot add ${op}: it has no outputs`)
  return {
    outputs: squeeze(graph, outputs, [1]),
    states: states.map((state) => squeeze(graph, state, [0])),
  }
}

interface Unfilled extends Sequence, Passed {
  readonly mask: Value
  readonly steps: Steps
}

/**
 * What Keras gives where steps do not count: the output of the last step before that does, or zero, as
 * long as there was none; and the initial states of samples in which none does.
 */
function fillIn(graph: Graph, unfilled: Unfilled): Recurrence {
  const { outputs, states, initial, mask, steps, isWhole, isZeroMasked } = unfilled
  const zero = graph.scalar(0)
  const isBegun = unsqueeze(graph, cast(graph, steps.lengths, 'BOOL'), [1])
  const filledStates = states.map((state, index) =>
    where(graph, isBegun, [state, initial[index] ?? zero]),
  )
  if (!isWhole) {
    const counts = isZeroMasked ? binary(graph, 'And', [isBegun, lastStep(graph, mask)]) : isBegun
    return { output: where(graph, counts, [nth(states, 0), zero]), states: filledStates }
  }
  const before = binary(graph, 'Sub', [steps.countedUpTo, graph.integer(1)])
  const place = binary(graph, 'Max', [before, graph.integer(0)])
  const taken = takeSteps(graph, transpose(graph, outputs, TIME_FIRST), place)
  const counts = isZeroMasked ? mask : cast(graph, steps.countedUpTo, 'BOOL')
  return {
    output: where(graph, unsqueeze(graph, counts, [2]), [taken, zero]),
    states: filledStates,
  }
}

/** The last column of a mask: BOOL of [batch, 1]. */
function lastStep(graph: Graph, mask: Value): Value {
  const inputs = [mask, graph.integers([-1])]
  const shape = mask.shape.with(1, 1)
  return graph.add({ op: 'Gather', inputs, attributes: { axis: { int: 1 } }, shape })
}
