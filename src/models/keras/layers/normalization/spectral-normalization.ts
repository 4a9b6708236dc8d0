import type { LayerKind } from '../../layer-kind.ts'

/** keras.layers.SpectralNormalization: the layer in it, whose kernel is normalised in training only. */
export const spectralNormalization: LayerKind = {
  // In `.keras` files it comes after the kernel, which is the wrapped layer's and stored there again.
  weights: () => [{ name: 'vector_u', stored: 'vars/1', aliases: ['sn_u'], isFixed: true }],
  convert: (call) => {
    const [layer] = call.wrapped
    if (!layer) throw call.settings.refuse(`wraps no layer`)
    call.settings.integer('power_iterations', 1)
    return layer.apply(call.inputs)
  },
}
