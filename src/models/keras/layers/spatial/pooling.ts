import { isFloat } from '../../../../core/tensor.ts'
import type { Value } from '../../../onnx/graph.ts'
import { binary, cast, reduce, toFloat, unsqueeze, where } from '../../../onnx/operators.ts'
import { poolAttributes, poolings, type Window, windowedSizes } from '../../../onnx/window.ts'
import { inputOfRank, type LayerCall, type LayerKind } from '../../layer-kind.ts'
import { fromOnnxImage, inEitherOrder, isChannelsFirst, spatialOf, toOnnxImage } from './window.ts'

/** keras.layers.MaxPooling1D, 2D and 3D, by the number of spatial axes. */
export function maxPooling(rank: number): LayerKind {
  return {
    convert: (call) =>
      largest(call, inputOfRank(call, rank + 2), (value) => pool(call, 'MaxPool', value)),
  }
}

/** keras.layers.AveragePooling1D, 2D and 3D: what `same` pads does not count. */
export function averagePooling(rank: number): LayerKind {
  return {
    convert: (call) => pool(call, 'AveragePool', toFloat(call.graph, inputOfRank(call, rank + 2))),
  }
}

function pool(call: LayerCall, op: 'MaxPool' | 'AveragePool', value: Value): Value {
  const { graph, settings } = call
  const rank = value.shape.length - 2
  const image = toOnnxImage(call, value)
  const kernel = settings.window('pool_size', rank, 2)
  const window: Window = {
    kernel,
    strides: settings.any('strides') === undefined ? kernel : settings.window('strides', rank, 1),
    dilations: kernel.map(() => 1),
    padding: settings.choice<'valid' | 'same'>('padding', ['valid', 'same']),
  }
  const pooled = poolings(window, spatialOf(call, image).sizes).reduce((before, step) => {
    const spatial = spatialOf(call, before)
    const shape = [...before.shape.slice(0, 2), ...windowedSizes(step, spatial)]
    return graph.add({ op, inputs: [before], attributes: poolAttributes(step, spatial), shape })
  }, image)
  return fromOnnxImage(call, pooled)
}

/** keras.layers.GlobalMaxPooling1D, 2D and 3D. */
export function globalMaxPooling(rank: number): LayerKind {
  return {
    convert: (call) =>
      largest(call, inputOfRank(call, rank + 2), (value) => reduceAll(call, 'ReduceMax', value)),
  }
}

/** keras.layers.GlobalAveragePooling1D, 2D and 3D; the mean of a sequence is that of its steps that count. */
export function globalAveragePooling(rank: number): LayerKind {
  return {
    convert: (call) => {
      const input = inputOfRank(call, rank + 2)
      if (!isFloat(input.datatype) && call.kerasMajor < 3) throw integersIn(call, input)
      const value = toFloat(call.graph, input)
      const mask = rank === 1 ? call.mask() : undefined
      return mask ? maskedMean(call, value, mask) : reduceAll(call, 'ReduceMean', value)
    },
  }
}

/** The sum of the steps that count, divided by their number. */
function maskedMean(call: LayerCall, value: Value, mask: Value): Value {
  const { graph } = call
  const column = unsqueeze(graph, mask, [isChannelsFirst(call) ? 1 : 2])
  const counted = where(graph, column, [value, graph.scalar(0)])
  const total = reduceAll(call, 'ReduceSum', counted)
  return binary(graph, 'Div', [total, reduceAll(call, 'ReduceSum', toFloat(graph, column))])
}

function reduceAll(
  call: LayerCall,
  op: 'ReduceMean' | 'ReduceMax' | 'ReduceSum',
  value: Value,
): Value {
  const keepsAxes = call.settings.flag('keepdims', false)
  return inEitherOrder(call, value, (image, axes) =>
    reduce(call.graph, image, { op, axes, keepsAxes }),
  )
}

/** What `find` takes of `input`, which is FP32 meanwhile: of integers only those that it holds exactly. */
function largest(call: LayerCall, input: Value, find: (value: Value) => Value): Value {
  const { datatype } = input
  if (isFloat(datatype)) return find(toFloat(call.graph, input))
  if (!/8|16/.test(datatype)) throw integersIn(call, input)
  return cast(call.graph, find(toFloat(call.graph, input)), datatype)
}

function integersIn(call: LayerCall, { datatype }: Value): Error {
  return call.settings.refuse(`pools ${datatype}, which is not supported (floating point is)`)
}
