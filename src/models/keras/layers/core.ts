import { elementCount } from '../../../core/tensor.ts'
import { binary, reshape, toFloat, transpose } from '../../onnx/operators.ts'
import { quote, refuse } from '../../refuse.ts'
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
    if (input.shape.length < 2) throw refuse(`layer ${quote(settings.place)} takes no features`)
    const units = settings.integer('units', -1)
    const kernel = call.weight('kernel', [knownSize(call, input, -1), units])
    const shape = [...input.shape.slice(0, -1), units]
    const product = graph.add({ op: 'MatMul', inputs: [input, kernel], shape })
    if (!settings.flag('use_bias', true)) return activate(call, product)
    return activate(call, binary(graph, 'Add', [product, call.weight('bias', [units])]))
  },
}

/** keras.layers.Flatten: channels-first images are flattened as if their channels came last. */
export const flatten: LayerKind = {
  convert: (call) => {
    const { graph, settings } = call
    const input = onlyInput(call)
    const isFirst =
      settings.choice('data_format', ['channels_last', 'channels_first']) !== 'channels_last'
    const rank = input.shape.length
    const last = [0, ...Array.from({ length: rank - 2 }, (_, index) => index + 2), 1]
    const value = isFirst && rank > 2 ? transpose(graph, input, last) : input
    const sizes = value.shape.slice(1)
    return reshape(graph, value, [-1, sizes.includes(-1) ? -1 : elementCount(sizes)])
  },
}

/** keras.layers.Reshape: one size may be -1. */
export const reshapeLayer: LayerKind = {
  convert: (call) => {
    const { graph, settings } = call
    const input = onlyInput(call)
    const target = settings.integers('target_shape') ?? []
    const count = elementCount(
      input.shape.slice(1).map((_, index) => knownSize(call, input, index + 1)),
    )
    const known = elementCount(target.filter((size) => size !== -1))
    const open = target.filter((size) => size === -1).length
    const fits = open === 0 ? known === count : open === 1 && known > 0 && count % known === 0
    if (!fits || target.some((size) => size < -1)) {
      throw settings.wrong('target_shape', target, `sizes of ${count} elements`)
    }
    return reshape(graph, input, [
      -1,
      ...target.map((size) => (size === -1 ? count / known : size)),
    ])
  },
}

/** keras.layers.Dropout: nothing, outside of training. */
export const dropout: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    for (const training of ['rate', 'seed', 'noise_shape']) call.settings.any(training)
    return onlyInput(call)
  },
}

/** keras.layers.Rescaling: scale and offset are numbers, or lists along the last axis. */
export const rescaling: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    const { graph, settings } = call
    settings.only('data_format', 'channels_last')
    const value = toFloat(graph, onlyInput(call))
    const term = (key: string, fallback: number) => {
      const given = settings.any(key) ?? fallback
      if (!Array.isArray(given)) return graph.scalar(settings.number(key, fallback))
      if (given.some((each) => typeof each !== 'number'))
        throw settings.wrong(key, given, 'numbers')
      return graph.constant({
        datatype: 'FP32',
        shape: [given.length],
        data: Float32Array.from(given),
      })
    }
    const scaled = binary(graph, 'Mul', [value, term('scale', 1)])
    return binary(graph, 'Add', [scaled, term('offset', 0)])
  },
}
