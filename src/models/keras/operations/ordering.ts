import { cast, topOf } from '../../onnx/operators.ts'
import { floatInput } from './activation.ts'
import { axisOf, sizeAlong } from './axes.ts'
import type { Operation } from './operation.ts'

/** Sorted along an axis: the values, or where they were (INT32). */
export function sorted(gives: 'values' | 'places'): Operation {
  return (operands) => {
    const { graph } = operands
    const value = floatInput(operands)
    const axis = axisOf(operands, value, { axis: operands.integer('axis', -1) })
    const size = sizeAlong(operands, value, axis)
    const isRising = operands.choice('direction', ['ASCENDING', 'DESCENDING']) === 'ASCENDING'
    const [values, places] = topOf(graph, value, { count: size, axis, isRising })
    return gives === 'values' ? values : cast(graph, places, 'INT32')
  }
}

/** The largest along the last axis, and where they are (INT32). */
export const largest: Operation = (operands) => {
  const { graph } = operands
  const value = floatInput(operands)
  const axis = axisOf(operands, value, { axis: -1 })
  const size = sizeAlong(operands, value, axis)
  const count = operands.integer('k', 1)
  if (count < 1 || count > size) throw operands.wrong('k', count, `1 to ${size}`)
  operands.flag('sorted', true)
  const [values, places] = topOf(graph, value, { count, axis })
  return [values, cast(graph, places, 'INT32')]
}

/** The running sum along an axis. */
export const runningSum: Operation = (operands) => {
  const { graph } = operands
  const value = floatInput(operands)
  const fallback = operands.kerasMajor < 3 ? 0 : undefined
  const given = operands.has('axis') ? operands.integer('axis') : fallback
  if (given === undefined) throw operands.wrong('axis', null, 'an axis')
  const axis = axisOf(operands, value, { axis: given })
  const flags = ['exclusive', 'reverse'].map((name) => (operands.flag(name, false) ? 1 : 0))
  return graph.add({
    op: 'CumSum',
    inputs: [value, graph.integer(axis)],
    attributes: { exclusive: { int: flags[0] ?? 0 }, reverse: { int: flags[1] ?? 0 } },
    shape: value.shape,
  })
}

/** The lower, or upper, triangle of matrices in the last two axes; 0 elsewhere. */
export function triangle(which: 'lower' | 'upper'): Operation {
  return (operands) => {
    const { graph } = operands
    const value = floatInput(operands)
    if (value.shape.length < 3) throw operands.refuse('takes no matrix in each sample')
    const offset = graph.integer(operands.integer('k', 0))
    const attributes = { upper: { int: which === 'upper' ? 1 : 0 } }
    return graph.add({ op: 'Trilu', inputs: [value, offset], attributes, shape: value.shape })
  }
}
