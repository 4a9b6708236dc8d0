import { toFloat, transpose } from '../../../onnx/operators.ts'
import { knownSize, type LayerKind, onlyInput, sampleAxis, weightSlots } from '../../layer-kind.ts'

/** keras.layers.BatchNormalization with the statistics of training, along one axis. */
export const batchNormalization: LayerKind = {
  mask: 'passes',
  weights: (settings) =>
    weightSlots([
      ...(settings.flag('scale', true) ? ['gamma'] : []),
      ...(settings.flag('center', true) ? ['beta'] : []),
      'moving_mean',
      'moving_variance',
    ]).map((slot) => (slot.name.startsWith('moving_') ? { ...slot, isFixed: true } : slot)),
  convert: (call) => {
    const { graph, settings } = call
    for (const training of ['momentum', 'synchronized', 'renorm_clipping', 'renorm_momentum']) {
      settings.any(training)
    }
    settings.only('renorm', false)
    settings.only('virtual_batch_size', null)
    const input = toFloat(graph, onlyInput(call))
    const axes = settings.integers('axis') ?? [-1]
    if (axes.length !== 1) throw settings.wrong('axis', axes, 'one axis')
    const axis = sampleAxis(call, input, axes[0] ?? -1)
    const size = knownSize(call, input, axis)
    const filled = (value: number) =>
      graph.constant({ datatype: 'FP32', shape: [size], data: new Float32Array(size).fill(value) })
    // ONNX normalises along axis 1.
    const others = input.shape.map((_, index) => index).filter((index) => index !== axis)
    const toFront = [0, axis, ...others.slice(1)]
    const back = input.shape.map((_, index) => toFront.indexOf(index))
    const value = transpose(graph, input, toFront)
    const result = graph.add({
      op: 'BatchNormalization',
      inputs: [
        value,
        settings.flag('scale', true) ? call.weight('gamma', [size]) : filled(1),
        settings.flag('center', true) ? call.weight('beta', [size]) : filled(0),
        call.weight('moving_mean', [size]),
        call.weight('moving_variance', [size]),
      ],
      attributes: { epsilon: { float: settings.number('epsilon', 1e-3) } },
      shape: value.shape,
    })
    return transpose(graph, result, back)
  },
}
