import type { Graph, Value } from '../../../onnx/graph.ts'
import { where } from '../../../onnx/operators.ts'
import { joinSizes, sizesOf } from '../../../onnx/sizes.ts'
import { type Cell, nth } from './cell.ts'
import type { Recurrence, Sequence } from './sequence.ts'
import { maskOfRank } from './time-axis.ts'

/** Adds ONNX's loop over the time, with the cell in its body. */
export function byScan(graph: Graph, cell: Cell, sequence: Sequence): Recurrence {
  const { input, mask, isWhole, isBackwards } = sequence
  const zeros = (shape: readonly number[]) => zerosLike(graph, input, shape)
  const initial = sequence.initial.length > 0 ? sequence.initial : cell.states.map(zeros)
  const outputShape = cell.states[cell.output] ?? []
  // Where steps may not count, the output before is a state of its own: it starts with zeros.
  const carried = mask ? [...initial, zeros(outputShape)] : initial
  const prepared = cell.prepare(graph, input)
  const steps = mask ? [prepared, maskOfRank(graph, mask, outputShape.length + 1)] : [prepared]
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

/** Zeros of `shape`, the first axis being the batch of `value`. */
function zerosLike(graph: Graph, value: Value, shape: readonly number[]): Value {
  const sizes = joinSizes(graph, [sizesOf(graph, value, [0, 1]), graph.integers(shape.slice(1))])
  return graph.add({ op: 'ConstantOfShape', inputs: [sizes], shape, datatype: 'FP32' })
}
