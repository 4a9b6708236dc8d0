import type { Value } from '../../onnx/graph.ts'
import { binary, cast, unary, unsqueeze, where } from '../../onnx/operators.ts'
import { sizesOf } from '../../onnx/sizes.ts'
import { type LayerCall, sampleAxis } from '../layer-kind.ts'

/**
 * The mask of what several inputs are merged into, element by element: Keras 2 lets a step count that
 * counts in all masked inputs, Keras 3 one that counts in any, if all are masked.
 */
export function mergedMask(call: LayerCall): Value | undefined {
  const masks = masksOf(call)
  const [first, ...others] = masks.filter((mask) => mask !== undefined)
  if (!first || (call.kerasMajor >= 3 && others.length + 1 < masks.length)) return undefined
  const op = call.kerasMajor < 3 ? 'And' : 'Or'
  return others.reduce((merged, mask) => binary(call.graph, op, [merged, mask]), first)
}

/** The mask of inputs joined along the time, one after the other, or along their features. */
export function concatenatedMask(call: LayerCall): Value | undefined {
  const { graph, inputs, kerasMajor } = call
  const masks = masksOf(call)
  const [first] = inputs
  if (!first || masks.every((mask) => mask === undefined)) return undefined
  if (first.shape.length !== 3) {
    throw call.settings.refuse(`joins masked tensors of ${first.shape.length} axes (expected 3)`)
  }
  const axis = sampleAxis(call, first, call.settings.integer('axis', -1))
  if (axis === 1) {
    const parts = inputs.map((input, index) => masks[index] ?? allCount(call, input))
    const shape = [-1, -1]
    return graph.add({ op: 'Concat', inputs: parts, attributes: { axis: { int: 1 } }, shape })
  }
  const given = masks.filter((mask) => mask !== undefined)
  // Along the features Keras 3 asks whether any counts: always, where an input has no mask.
  if (kerasMajor >= 3 && given.length < masks.length) return undefined
  const op = kerasMajor < 3 ? 'And' : 'Or'
  return given.reduce((merged, mask) => binary(graph, op, [merged, mask]))
}

/** Keras 3's Multiply, Maximum and Minimum of masked inputs; undefined where no mask matters. */
export function onMasked(
  call: LayerCall,
  op: 'Mul' | 'Max' | 'Min',
  inputs: readonly Value[],
): Value | undefined {
  // An input that gets more axes loses its mask.
  const masks = call.inputs.map((input, index) =>
    input.shape.length === inputs[index]?.shape.length ? call.mask(index) : undefined,
  )
  if (call.kerasMajor < 3 || masks.every((mask) => mask === undefined)) return undefined
  const { graph } = call
  const steps = masks.map((mask) => mask && unsqueeze(graph, mask, [mask.shape.length]))
  return op === 'Mul'
    ? multiplyMasked(call, inputs, steps)
    : chooseMasked(call, op, { inputs, steps })
}

/** Steps that do not count are 1 in the product; they are 0 in the result if every input has a mask. */
function multiplyMasked(
  call: LayerCall,
  inputs: readonly Value[],
  masks: readonly (Value | undefined)[],
): Value {
  const { graph } = call
  const product = inputs
    .map((input, index) => {
      const mask = masks[index]
      return mask ? where(graph, mask, [input, number(call, input, 1)]) : input
    })
    .reduce((merged, input) => binary(graph, 'Mul', [merged, input]))
  const given = masks.filter((mask) => mask !== undefined)
  if (given.length < masks.length) return product
  const any = given.reduce((merged, mask) => binary(graph, 'Or', [merged, mask]))
  return where(graph, any, [product, number(call, product, 0)])
}

/** What of the steps that do not count is replaced by the other input, one input after the other. */
function chooseMasked(
  { graph }: LayerCall,
  op: 'Max' | 'Min',
  {
    inputs,
    steps,
  }: { readonly inputs: readonly Value[]; readonly steps: readonly (Value | undefined)[] },
): Value {
  const [first, ...others] = inputs.map((value, index) => ({ value, mask: steps[index] }))
  if (!first) throw new RangeError('Cannot merge: there are no inputs')
  return others.reduce((merged, input) => {
    const value = input.mask ? where(graph, input.mask, [input.value, merged.value]) : input.value
    const before = merged.mask ? where(graph, merged.mask, [merged.value, value]) : merged.value
    const mask = merged.mask && input.mask && binary(graph, 'Or', [merged.mask, input.mask])
    return { value: binary(graph, op, [before, value]), mask }
  }, first).value
}

function masksOf(call: LayerCall): readonly (Value | undefined)[] {
  return call.inputs.map((_, index) => call.mask(index))
}

/** A mask by which all steps of `value`, [batch, time, features], count. */
function allCount({ graph }: LayerCall, value: Value): Value {
  const sizes = sizesOf(graph, value, [0, 2])
  const shape = value.shape.slice(0, 2)
  const zeros = graph.add({ op: 'ConstantOfShape', inputs: [sizes], shape, datatype: 'FP32' })
  return unary(graph, cast(graph, zeros, 'BOOL'), { op: 'Not' })
}

function number({ graph }: LayerCall, like: Value, value: number): Value {
  return cast(graph, graph.scalar(value), like.datatype)
}
