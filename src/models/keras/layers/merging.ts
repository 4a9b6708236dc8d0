import { sameShape } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { binary, joined, toFloat, unsqueeze } from '../../onnx/operators.ts'
import { type LayerCall, type LayerKind, sampleAxis } from '../layer-kind.ts'
import { concatenatedMask, mergedMask, onMasked } from './merged-mask.ts'

/** keras.layers.Add */
export const add: LayerKind = merge('Add')

/** keras.layers.Subtract: the second of two inputs from the first. */
export const subtract: LayerKind = {
  ...merge('Sub'),
  convert: (call) => {
    if (call.inputs.length !== 2) {
      throw call.settings.refuse(`has ${call.inputs.length} inputs (expected 2)`)
    }
    return mergeAll(call, 'Sub')
  },
}

/** keras.layers.Multiply */
export const multiply: LayerKind = {
  ...merge('Mul'),
  convert: (call) => onMasked(call, 'Mul', mergeable(call)) ?? mergeAll(call, 'Mul'),
}

/** keras.layers.Average */
export const average: LayerKind = {
  ...merge('Add'),
  convert: (call) => {
    const { graph, inputs } = call
    const sum = toFloat(graph, mergeAll(call, 'Add'))
    return binary(graph, 'Div', [sum, graph.scalar(inputs.length)])
  },
}

/** keras.layers.Maximum */
export const maximum: LayerKind = {
  ...merge('Max'),
  convert: (call) => onMasked(call, 'Max', mergeable(call)) ?? mergeAll(call, 'Max'),
}

/** keras.layers.Minimum */
export const minimum: LayerKind = {
  ...merge('Min'),
  convert: (call) => onMasked(call, 'Min', mergeable(call)) ?? mergeAll(call, 'Min'),
}

/** keras.layers.Concatenate along any axis but the batch. */
export const concatenate: LayerKind = {
  mask: concatenatedMask,
  convert: (call) => {
    const { graph, settings } = call
    const ranks = new Set(call.inputs.map(({ shape }) => shape.length))
    if (ranks.size > 1) throw settings.refuse(`takes tensors of different ranks`)
    const first = firstOf(call, call.inputs)
    const axis = sampleAxis(call, first, settings.integer('axis', -1))
    const values = alike(call)
    const others = ({ shape }: Value) => shape.toSpliced(axis, 1)
    if (values.some((value) => !fit(others(value), others(first)))) {
      throw settings.refuse(`joins tensors of different shapes`)
    }
    return joined(graph, values, (inputs, axes) => joinAlong(call, inputs, axes?.[axis] ?? axis))
  },
}

type MergeOperator = 'Add' | 'Sub' | 'Mul' | 'Max' | 'Min'

function merge(op: MergeOperator): LayerKind {
  return { mask: mergedMask, convert: (call) => mergeAll(call, op) }
}

/** Joins all inputs one after the other; sizes of 1 are repeated. */
function mergeAll(call: LayerCall, op: MergeOperator): Value {
  return joined(call.graph, mergeable(call), ([first, ...others]) =>
    others.reduce(
      (merged, input) => binary(call.graph, op, [merged, input]),
      firstOf(call, [first]),
    ),
  )
}

function joinAlong(call: LayerCall, inputs: readonly Value[], axis: number): Value {
  const sizes = inputs.map(({ shape }) => shape[axis] ?? -1)
  const total = sizes.includes(-1) ? -1 : sizes.reduce((sum, size) => sum + size, 0)
  const shape = firstOf(call, inputs).shape.with(axis, total)
  return call.graph.add({ op: 'Concat', inputs, attributes: { axis: { int: axis } }, shape })
}

/** The inputs in one datatype and rank: those of fewer axes get axes of size 1 after the batch. */
function mergeable(call: LayerCall): readonly Value[] {
  const rank = Math.max(...call.inputs.map(({ shape }) => shape.length))
  return alike(call).map((value) => {
    const missing = rank - value.shape.length
    return unsqueeze(
      call.graph,
      value,
      Array.from({ length: missing }, (_, index) => index + 1),
    )
  })
}

/** The inputs as they are if all are of one integer type; else as FP32. */
function alike({ graph, inputs }: LayerCall): readonly Value[] {
  const datatypes = new Set(inputs.map(({ datatype }) => datatype))
  const isInteger = datatypes.has('INT32') || datatypes.has('INT64')
  return isInteger && datatypes.size === 1 ? inputs : inputs.map((input) => toFloat(graph, input))
}

function firstOf(call: LayerCall, values: readonly (Value | undefined)[]): Value {
  const [first] = values
  if (!first) throw call.settings.refuse(`has no inputs`)
  return first
}

/** Whether two shapes agree where both are known. */
function fit(left: readonly number[], right: readonly number[]): boolean {
  const known = (sizes: readonly number[]) =>
    sizes.map((size, axis) => (left[axis] === -1 || right[axis] === -1 ? -1 : size))
  return sameShape(known(left), known(right))
}
