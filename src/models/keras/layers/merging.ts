import { sameShape } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { binary, toFloat } from '../../onnx/operators.ts'
import { quote, refuse } from '../../refuse.ts'
import { type LayerCall, type LayerKind, sampleAxis } from '../layer-kind.ts'

/** keras.layers.Add: two or more inputs of as many axes; sizes of 1 are repeated. */
export const add: LayerKind = {
  convert: (call) => {
    const [first, ...others] = sameRank(call).map((input) => toFloat(call.graph, input))
    if (!first) throw refuse(`layer ${quote(call.settings.place)} has no inputs`)
    return others.reduce((sum, input) => binary(call.graph, 'Add', [sum, input]), first)
  },
}

/** keras.layers.Concatenate along any axis but the batch. */
export const concatenate: LayerKind = {
  convert: (call) => {
    const { graph, settings } = call
    const inputs = sameRank(call)
    const [first] = inputs
    if (!first) throw refuse(`layer ${quote(settings.place)} has no inputs`)
    const axis = sampleAxis(call, first, settings.integer('axis', -1))
    const values = inputs.every(({ datatype }) => datatype === first.datatype)
      ? inputs
      : inputs.map((input) => toFloat(graph, input))
    const others = ({ shape }: Value) => shape.toSpliced(axis, 1)
    if (values.some((value) => !sameShape(others(value), others(first)))) {
      throw refuse(`layer ${quote(settings.place)} joins tensors of different shapes`)
    }
    const sizes = values.map(({ shape }) => shape[axis] ?? -1)
    const total = sizes.includes(-1) ? -1 : sizes.reduce((sum, size) => sum + size, 0)
    const shape = first.shape.with(axis, total)
    return graph.add({ op: 'Concat', inputs: values, attributes: { axis: { int: axis } }, shape })
  },
}

function sameRank(call: LayerCall): readonly Value[] {
  const ranks = new Set(call.inputs.map(({ shape }) => shape.length))
  if (ranks.size > 1)
    throw refuse(`layer ${quote(call.settings.place)} takes tensors of different ranks`)
  return call.inputs
}
