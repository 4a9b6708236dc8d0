import { binary, toFloat } from '../../onnx/operators.ts'
import { knownSize, type LayerKind, onlyInput, weightSlots } from '../layer-kind.ts'
import { activate } from './activation.ts'

/** keras.layers.Dense: along the last axis, with or without bias and activation. */
export const dense: LayerKind = {
  mask: 'passes',
  weights: (settings) =>
    weightSlots(settings.flag('use_bias', true) ? ['kernel', 'bias'] : ['kernel']),
  convert: (call) => {
    const { graph, settings } = call
    const input = toFloat(graph, onlyInput(call))
    if (input.shape.length < 2) throw settings.refuse(`takes no features`)
    const units = settings.integer('units', -1)
    const kernel = call.weight('kernel', [knownSize(call, input, -1), units])
    const shape = [...input.shape.slice(0, -1), units]
    const product = graph.add({ op: 'MatMul', inputs: [input, kernel], shape })
    if (!settings.flag('use_bias', true)) return activate(call, product)
    return activate(call, binary(graph, 'Add', [product, call.weight('bias', [units])]))
  },
}
