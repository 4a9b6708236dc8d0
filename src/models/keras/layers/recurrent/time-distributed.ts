import type { Value } from '../../../onnx/graph.ts'
import { type LayerCall, type LayerKind, onlyInput } from '../../layer-kind.ts'
import { anyAlong } from '../mask-operations.ts'
import { foldTime, unfoldTime } from './time-axis.ts'

/** keras.layers.TimeDistributed: another layer, or model, at each step: steps are samples to it. */
export const timeDistributed: LayerKind = {
  convert: (call) => {
    const { graph, settings, masks } = call
    settings.precision()
    const input = onlyInput(call)
    const [inner] = call.wrapped
    if (!inner || input.shape.length < 3) {
      throw settings.refuse(`takes [${input.shape.join(', ')}] (expected [batch, time, ...])`)
    }
    const mask = call.mask()
    const steps = foldTime(graph, input)
    if (mask && mask.shape.length > 2) masks.set(steps, foldTime(graph, mask))
    const results = inner.apply([steps])
    const outputs = results.map((result) => unfoldTime(graph, result, input))
    const [first] = results
    const found = first && masks.get(first)
    if (found && outputs[0] && call.kerasMajor < 3) {
      masks.set(outputs[0], unfoldTime(graph, found, input))
    }
    return outputs
  },
  mask: (call, output) => call.masks.get(output) ?? stepMask(call),
}

/** Keras 3 passes a mask on as it is; Keras 2 lets a step count in which anything does. */
function stepMask(call: LayerCall): Value | undefined {
  const { kerasMajor } = call
  const mask = call.mask()
  if (!mask || kerasMajor >= 3 || mask.shape.length === 2) return mask
  return anyAlong(
    call,
    mask,
    mask.shape.slice(2).map((_, index) => index + 2),
  )
}
