import { shapeFits } from '../../../../core/tensor.ts'
import type { Graph } from '../../../onnx/graph.ts'
import { where } from '../../../onnx/operators.ts'
import { refuse } from '../../../refuse.ts'
import { byOperator } from './by-operator.ts'
import { byScan } from './by-scan.ts'
import type { Cell, StateLayout } from './cell.ts'
import type { Recurrence, Sequence } from './sequence.ts'
import { flipTime, maskOfRank } from './time-axis.ts'

/** Adds a loop over the time; by ONNX's operator for the cell, where there is one. */
export function recur(graph: Graph, cell: Cell, sequence: Sequence): Recurrence {
  const { enter, leave } = cell.layout ?? AS_IT_IS
  const initial = sequence.initial.map((state) => enter(graph, state))
  const fits =
    initial.length === 0 ||
    (initial.length === cell.states.length &&
      initial.every(({ shape }, index) => shapeFits(shape, cell.states[index] ?? [])))
  if (!fits) {
    const shapes = sequence.initial.map(({ shape }) => `[${shape.join(', ')}]`)
    throw refuse(`initial states of shapes ${shapes.join(', ')} do not fit the recurrent layer`)
  }
  const { output, states } = goThrough(graph, cell, { ...sequence, initial })
  return { output: leave(graph, output), states: states.map((state) => leave(graph, state)) }
}

function goThrough(graph: Graph, cell: Cell, sequence: Sequence): Recurrence {
  const { mask, isZeroMasked, isWhole, isBackwards, isUnrolled } = sequence
  // Keras forgets to turn the mask by which it zeroes what it wrote out backwards.
  const isUnturned = isZeroMasked && isWhole && isBackwards && isUnrolled
  const asked = { ...sequence, isZeroMasked: isZeroMasked && !isUnturned }
  const result = cell.operator
    ? byOperator(graph, cell.operator, asked)
    : byScan(graph, cell, asked)
  if (!mask || !isUnturned) return result
  const counts = maskOfRank(graph, flipTime(graph, mask), result.output.shape.length)
  return { ...result, output: where(graph, counts, [result.output, graph.scalar(0)]) }
}

const AS_IT_IS: StateLayout = { enter: (_, state) => state, leave: (_, value) => value }
