import { sameShape } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { binary, cast, joined, toFloat, unsqueeze } from '../../onnx/operators.ts'
import { type LayerCall, type LayerKind, sampleAxis } from '../layer-kind.ts'
import { commonDatatype, kernelDatatype } from '../operations/promotion.ts'
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
  convert: (call) => inDatatype(call, 'Mul', (inputs) => onMasked(call, 'Mul', inputs)),
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
  convert: (call) => inDatatype(call, 'Max', (inputs) => onMasked(call, 'Max', inputs)),
}

/** keras.layers.Minimum */
export const minimum: LayerKind = {
  ...merge('Min'),
  convert: (call) => inDatatype(call, 'Min', (inputs) => onMasked(call, 'Min', inputs)),
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
  return inDatatype(call, op, () => undefined)
}

/**
 * What `merge` makes of the inputs, or else the operator one after the other: in a datatype that has
 * kernels, and then in their own, in which integers wrap around as Keras has it.
 */
function inDatatype(
  call: LayerCall,
  op: MergeOperator,
  merge: (inputs: readonly Value[]) => Value | undefined,
): Value {
  const { graph, settings } = call
  const datatype = commonDatatype(call.inputs) ?? 'FP32'
  const kernel = datatype === 'BOOL' ? undefined : kernelDatatype(datatype)
  if (!kernel)
    throw settings.refuse(
      `merges ${datatype}, which is not supported (floating point and integers up to 64 bits are)`,
    )
  const inputs = mergeable(call).map((input) => cast(graph, input, kernel))
  const merged =
    merge(inputs) ??
    joined(graph, inputs, ([first, ...others]) =>
      others.reduce((left, right) => binary(graph, op, [left, right]), firstOf(call, [first])),
    )
  return cast(graph, merged, datatype)
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

/** The inputs in the datatype that they meet in. */
function alike({ graph, inputs }: LayerCall): readonly Value[] {
  const datatype = commonDatatype(inputs) ?? 'FP32'
  return inputs.map((input) => cast(graph, input, datatype))
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
