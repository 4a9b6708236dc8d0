import { toFloat } from '../../onnx/operators.ts'
import { inputOfRank, type LayerKind } from '../layer-kind.ts'
import {
  fromOnnxImage,
  isChannelsFirst,
  toOnnxImage,
  type Window,
  windowAttributes,
  windowedSizes,
} from './window.ts'

/** keras.layers.MaxPooling2D */
export const maxPooling2d: LayerKind = pooling('MaxPool')

/** keras.layers.AveragePooling2D: what `same` pads does not count. */
export const averagePooling2d: LayerKind = pooling('AveragePool')

/** keras.layers.GlobalAveragePooling2D */
export const globalAveragePooling2d: LayerKind = globalPooling('ReduceMean')

/** keras.layers.GlobalMaxPooling2D */
export const globalMaxPooling2d: LayerKind = globalPooling('ReduceMax')

function pooling(op: 'MaxPool' | 'AveragePool'): LayerKind {
  return {
    convert: (call) => {
      const { graph, settings } = call
      const image = toOnnxImage(call, toFloat(graph, inputOfRank(call, 4)))
      const kernel = settings.window('pool_size', 2, 2)
      const window: Window = {
        kernel,
        strides: settings.any('strides') === undefined ? kernel : settings.window('strides', 2, 1),
        dilations: [1, 1],
        padding: settings.choice('padding', ['valid', 'same']),
      }
      const sizes = windowedSizes(call, image, window)
      const shape = [...image.shape.slice(0, 2), ...sizes]
      const attributes = windowAttributes(image, window)
      return fromOnnxImage(call, graph.add({ op, inputs: [image], attributes, shape }))
    },
  }
}

function globalPooling(op: 'ReduceMean' | 'ReduceMax'): LayerKind {
  return {
    convert: (call) => {
      const { graph, settings } = call
      const image = toFloat(graph, inputOfRank(call, 4))
      const isKept = settings.flag('keepdims', false)
      const axes = isChannelsFirst(call) ? [2, 3] : [1, 2]
      const shape = image.shape.flatMap((size, axis) =>
        axes.includes(axis) ? (isKept ? [1] : []) : [size],
      )
      const attributes = { keepdims: { int: isKept ? 1 : 0 } }
      return graph.add({ op, inputs: [image, graph.integers(axes)], attributes, shape })
    },
  }
}
