import { toFloat, unsqueeze, where } from '../../onnx/operators.ts'
import { type LayerKind, onlyInput } from '../layer-kind.ts'
import { anyAlong, differs } from './mask-operations.ts'

/** keras.layers.Masking: steps of which all features are `mask_value` do not count, and become zero. */
export const masking: LayerKind = {
  convert: (call) => {
    const { graph, settings, masks } = call
    const input = toFloat(graph, onlyInput(call))
    const last = input.shape.length - 1
    const value = graph.scalar(settings.number('mask_value', 0))
    const mask = anyAlong(call, differs(call, input, value), [last])
    const result = where(graph, unsqueeze(graph, mask, [last]), [input, graph.scalar(0)])
    masks.set(result, mask)
    return result
  },
  mask: (call, output) => call.masks.get(output),
}
