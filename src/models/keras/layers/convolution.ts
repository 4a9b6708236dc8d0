import type { Value } from '../../onnx/graph.ts'
import { reshapeConstant, toFloat, transpose } from '../../onnx/operators.ts'
import {
  inputOfRank,
  knownSize,
  type LayerCall,
  type LayerKind,
  weightSlots,
} from '../layer-kind.ts'
import type { Settings } from '../settings.ts'
import { activate } from './activation.ts'
import {
  fromOnnxImage,
  toOnnxImage,
  type Window,
  windowAttributes,
  windowedSizes,
} from './window.ts'

/** A kernel in Keras' order of axes, [height, width, in, out], brought into ONNX's. */
const KERNEL_AXES: readonly number[] = [3, 2, 0, 1]
/** A depthwise kernel, [height, width, in, multiplier], with its channels first. */
const DEPTHWISE_AXES: readonly number[] = [2, 3, 0, 1]

/** keras.layers.Conv2D, with groups, strides and dilation. */
export const conv2d: LayerKind = {
  weights: (settings) => weightSlots(['kernel', ...bias(settings)]),
  convert: (call) => {
    const { settings } = call
    const image = readImage(call)
    const window = readWindow(settings)
    const filters = settings.integer('filters', -1)
    const groups = settings.integer('groups', 1)
    const channels = knownSize(call, image, 1)
    if (groups < 1 || channels % groups !== 0 || filters % groups !== 0) {
      throw settings.wrong(
        'groups',
        groups,
        `a divisor of ${channels} channels and ${filters} filters`,
      )
    }
    const kernel = call.weight('kernel', [...window.kernel, channels / groups, filters])
    const weights = transpose(call.graph, kernel, KERNEL_AXES)
    const result = convolve(call, image, { window, weights, groups, filters, isLast: true })
    return activate(call, fromOnnxImage(call, result))
  },
}

/** keras.layers.DepthwiseConv2D: each channel by itself, `depth_multiplier` times. */
export const depthwiseConv2d: LayerKind = {
  // Keras 3 calls it just `kernel` in `.h5` files.
  weights: (settings) =>
    weightSlots(['depthwise_kernel', ...bias(settings)]).map((slot) =>
      slot.name === 'depthwise_kernel' ? { ...slot, aliases: ['kernel'] } : slot,
    ),
  convert: (call) => {
    const image = readImage(call)
    ignoreConvolution(call.settings, ['filters'])
    return activate(call, fromOnnxImage(call, depthwise(call, image, true)))
  },
}

/** keras.layers.SeparableConv2D: a depthwise convolution, then one across the channels. */
export const separableConv2d: LayerKind = {
  weights: (settings) => weightSlots(['depthwise_kernel', 'pointwise_kernel', ...bias(settings)]),
  convert: (call) => {
    const { graph, settings } = call
    ignoreConvolution(settings, [])
    const between = depthwise(call, readImage(call), false)
    const filters = settings.integer('filters', -1)
    const kernel = call.weight('pointwise_kernel', [1, 1, knownSize(call, between, 1), filters])
    const weights = transpose(graph, kernel, KERNEL_AXES)
    const window: Window = { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: 'valid' }
    const result = convolve(call, between, { window, weights, groups: 1, filters, isLast: true })
    return activate(call, fromOnnxImage(call, result))
  },
}

function readImage(call: LayerCall): Value {
  return toOnnxImage(call, toFloat(call.graph, inputOfRank(call, 4)))
}

function readWindow(settings: Settings): Window {
  return {
    kernel: settings.window('kernel_size', 2, 1),
    strides: settings.window('strides', 2, 1),
    dilations: settings.window('dilation_rate', 2, 1),
    padding: settings.choice('padding', ['valid', 'same']),
  }
}

function bias(settings: Settings): readonly string[] {
  return settings.flag('use_bias', true) ? ['bias'] : []
}

/** Keras 2 writes settings of a plain convolution that these layers do not use. */
function ignoreConvolution(settings: Settings, unused: readonly string[]): void {
  settings.only('groups', 1)
  for (const key of unused) settings.any(key)
}

function depthwise(call: LayerCall, image: Value, isLast: boolean): Value {
  const { graph, settings } = call
  const window = readWindow(settings)
  const channels = knownSize(call, image, 1)
  const multiplier = settings.integer('depth_multiplier', 1)
  const kernel = call.weight('depthwise_kernel', [...window.kernel, channels, multiplier])
  const filters = channels * multiplier
  const weights = reshapeConstant(graph, transpose(graph, kernel, DEPTHWISE_AXES), [
    filters,
    1,
    ...window.kernel,
  ])
  return convolve(call, image, { window, weights, groups: channels, filters, isLast })
}

/** What a convolution needs besides its image; the last one of a layer adds the bias. */
interface Convolution {
  readonly window: Window
  readonly weights: Value
  readonly groups: number
  readonly filters: number
  readonly isLast: boolean
}

function convolve(call: LayerCall, image: Value, convolution: Convolution): Value {
  const { window, weights, groups, filters, isLast } = convolution
  const offset =
    isLast && call.settings.flag('use_bias', true) ? call.weight('bias', [filters]) : undefined
  return call.graph.add({
    op: 'Conv',
    inputs: offset ? [image, weights, offset] : [image, weights],
    attributes: { ...windowAttributes(image, window), group: { int: groups } },
    shape: [image.shape[0] ?? -1, filters, ...windowedSizes(call, image, window)],
  })
}
