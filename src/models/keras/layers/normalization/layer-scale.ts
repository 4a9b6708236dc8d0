import { binary, toFloat } from '../../../onnx/operators.ts'
import { type LayerKind, onlyInput, weightSlots } from '../../layer-kind.ts'

/** LayerScale of keras.applications.convnext: a learnt factor for each channel, the last axis. */
export const layerScale: LayerKind = {
  // Keras 3 names it nothing in particular in `.h5` files.
  weights: () => weightSlots(['gamma']).map((slot) => ({ ...slot, aliases: ['variable'] })),
  convert: (call) => {
    const { graph, settings } = call
    settings.any('init_values')
    const value = toFloat(graph, onlyInput(call))
    const factors = call.weight('gamma', [settings.integer('projection_dim', -1)])
    return binary(graph, 'Mul', [value, factors])
  },
}
