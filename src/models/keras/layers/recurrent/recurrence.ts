import { shapeFits } from '../../../../core/tensor.ts'
import type { Graph, Value } from '../../../onnx/graph.ts'
import { transpose, unsqueeze, where } from '../../../onnx/operators.ts'
import { refuse } from '../../../refuse.ts'
import { type Cell, type CellOperator, nth, type StateLayout } from './cell.ts'

/** What a cell is to go through. */
export interface Sequence {
  /** [batch, time, ...] */
  readonly input: Value
  /** The states before the first step; zeros if there are none. */
  readonly initial: readonly Value[]
  /** Which steps count, BOOL of [batch, time]; the others leave states and output as they are. */
  readonly mask: Value | undefined
  /** Whether the output of a step that does not count is zero. */
  readonly isZeroMasked: boolean
  readonly isBackwards: boolean
  /** Whether the outputs of all steps are wanted, and not only the last. */
  readonly isWhole: boolean
}

/** What came of it. */
export interface Recurrence {
  /** Of all steps in the order of the input, [batch, time, ...], or the last one, [batch, ...]. */
  readonly output: Value
  /** After the last step. */
  readonly states: readonly Value[]
}

/** Adds a loop over the time; by ONNX's operator for the cell where there is one and no mask. */
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
  const { output, states } =
    cell.operator && !sequence.mask
      ? byOperator(graph, cell.operator, { ...sequence, initial })
      : byScan(graph, cell, { ...sequence, initial })
  return { output: leave(graph, output), states: states.map((state) => leave(graph, state)) }
}

const AS_IT_IS: StateLayout = { enter: (_, state) => state, leave: (_, value) => value }

/** ONNX has the time in front, and an axis for the directions besides. */
function byOperator(graph: Graph, operator: CellOperator, sequence: Sequence): Recurrence {
  const { op, units, attributes, weights } = operator
  const [batch = -1, time = -1, features = -1] = sequence.input.shape
  const states = sequence.initial.map((state) => unsqueeze(graph, state, [0]))
  const last = { shape: [1, batch, units] }
  const [outputs, ...after] = graph.addEach(
    {
      op,
      // Between weights and states are the lengths of the samples: all steps count.
      inputs: [
        transpose(graph, sequence.input, TIME_FIRST),
        ...weights(features),
        undefined,
        ...states,
      ],
      attributes: {
        ...attributes,
        hidden_size: { int: units },
        direction: { text: sequence.isBackwards ? 'reverse' : 'forward' },
      },
    },
    [{ shape: [time, 1, batch, units] }, ...(op === 'LSTM' ? [last, last] : [last])],
  )
  const squeeze = (value: Value, axis: number) =>
    graph.add({
      op: 'Squeeze',
      inputs: [value, graph.integers([axis])],
      shape: value.shape.toSpliced(axis, 1),
    })
  const given = after.map((state) => squeeze(state, 0))
  const output =
    sequence.isWhole && outputs ? transpose(graph, squeeze(outputs, 1), TIME_FIRST) : nth(given, 0)
  return { output, states: given }
}

/** Time and batch change places. */
const TIME_FIRST: readonly number[] = [1, 0, 2]

function byScan(graph: Graph, cell: Cell, sequence: Sequence): Recurrence {
  const { input, mask, isWhole, isBackwards } = sequence
  const zeros = (shape: readonly number[]) => zerosLike(graph, input, shape)
  const initial = sequence.initial.length > 0 ? sequence.initial : cell.states.map(zeros)
  const outputShape = cell.states[cell.output] ?? []
  // Where steps may not count, the output before is a state of its own: it starts with zeros.
  const carried = mask ? [...initial, zeros(outputShape)] : initial
  const prepared = cell.prepare(graph, input)
  const steps = mask ? [prepared, maskOfRank(graph, mask, outputShape.length)] : [prepared]
  const body = bodyOf(graph, cell, { sequence, prepared })
  const direction = { ints: steps.map(() => (isBackwards ? 1 : 0)) }
  const [batch = -1, time = -1] = input.shape
  const results = graph.addEach(
    {
      op: 'Scan',
      inputs: [...carried, ...steps],
      attributes: {
        body: { graph: body },
        num_scan_inputs: { int: steps.length },
        scan_input_axes: { ints: steps.map(() => 1) },
        scan_input_directions: direction,
        ...(isWhole && {
          scan_output_axes: { ints: [1] },
          scan_output_directions: { ints: [isBackwards ? 1 : 0] },
        }),
      },
    },
    [
      ...carried.map(({ shape }) => ({ shape })),
      ...(isWhole ? [{ shape: [batch, time, ...outputShape.slice(1)] }] : []),
    ],
  )
  const last = mask ? initial.length : cell.output
  return {
    output: nth(results, isWhole ? carried.length : last),
    states: results.slice(0, initial.length),
  }
}

interface Loop {
  readonly sequence: Sequence
  readonly prepared: Value
}

/** What happens at each step: carried values and the step's input in, carried values and output out. */
function bodyOf(graph: Graph, cell: Cell, { sequence, prepared }: Loop): Graph {
  const body = graph.body()
  const input = (shape: readonly number[]) => body.input({ datatype: 'FP32', shape })
  const before = cell.states.map(input)
  const outputShape = cell.states[cell.output] ?? []
  const outputBefore = sequence.mask && input(outputShape)
  const step = input(prepared.shape.toSpliced(1, 1))
  const counts =
    sequence.mask &&
    body.input({ datatype: 'BOOL', shape: [-1, ...outputShape.slice(1).map(() => 1)] })
  const after = cell.step(body, step, before)
  const given = nth(after, cell.output)
  if (!counts || !outputBefore) {
    for (const state of after) body.output(state)
    if (sequence.isWhole) body.output(given)
    return body
  }
  for (const [index, state] of after.entries()) {
    body.output(where(body, counts, [state, nth(before, index)]))
  }
  const other = sequence.isZeroMasked ? body.scalar(0) : outputBefore
  const output = where(body, counts, [given, other])
  body.output(output)
  if (sequence.isWhole) body.output(output)
  return body
}

/** [batch, time] with axes of size 1 added, up to `rank` besides the time. */
function maskOfRank(graph: Graph, mask: Value, rank: number): Value {
  return unsqueeze(
    graph,
    mask,
    Array.from({ length: rank - 1 }, (_, index) => index + 2),
  )
}

/** Zeros of `shape`, the first axis being the batch of `value`. */
function zerosLike(graph: Graph, value: Value, shape: readonly number[]): Value {
  const batch = graph.add({
    op: 'Shape',
    inputs: [value],
    attributes: { start: { int: 0 }, end: { int: 1 } },
    shape: [1],
    datatype: 'INT64',
  })
  const sizes = graph.add({
    op: 'Concat',
    inputs: [batch, graph.integers(shape.slice(1))],
    attributes: { axis: { int: 0 } },
    shape: [shape.length],
  })
  return graph.add({ op: 'ConstantOfShape', inputs: [sizes], shape, datatype: 'FP32' })
}
