import { elementCount } from '../../../core/tensor.ts'
import { reshape, transpose, unsqueeze } from '../../onnx/operators.ts'
import { inputOfRank, type LayerKind, onlyInput } from '../layer-kind.ts'

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
    const sizes = input.shape.slice(1)
    const count = sizes.includes(-1) ? undefined : elementCount(sizes)
    const known = elementCount(target.filter((size) => size !== -1))
    const open = target.filter((size) => size === -1).length
    const fits =
      count === undefined || (open === 0 ? known === count : known > 0 && count % known === 0)
    if (!fits || open > 1 || target.some((size) => size < -1 || size === 0)) {
      throw settings.wrong('target_shape', target, `sizes of ${count ?? 'all'} elements`)
    }
    const whole = (size: number) => (size === -1 && count !== undefined ? count / known : size)
    return reshape(graph, input, [-1, ...target.map(whole)])
  },
}

/** keras.layers.Permute: `dims` counts from 1, the first axis after the batch. */
export const permute: LayerKind = {
  convert: (call) => {
    const { graph, settings } = call
    const input = onlyInput(call)
    const dims = settings.integers('dims') ?? []
    const all = input.shape.slice(1).map((_, index) => index + 1)
    if (dims.length !== all.length || all.some((axis) => !dims.includes(axis))) {
      throw settings.wrong('dims', dims, `each of ${all.join(', ')}`)
    }
    return transpose(graph, input, [0, ...dims])
  },
}

/** keras.layers.RepeatVector: [batch, features] `n` times, as [batch, n, features]. */
export const repeatVector: LayerKind = {
  convert: (call) => {
    const { graph, settings } = call
    const input = inputOfRank(call, 2)
    const count = settings.integer('n', 0)
    if (count < 1) throw settings.wrong('n', count, '1 or more')
    const step = unsqueeze(graph, input, [1])
    const shape = step.shape.with(1, count)
    return graph.add({ op: 'Tile', inputs: [step, graph.integers([1, count, 1])], shape })
  },
}
