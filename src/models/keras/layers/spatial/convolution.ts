import type { Value } from '../../../onnx/graph.ts'
import { reshapeConstant, toFloat, transpose } from '../../../onnx/operators.ts'
import { along, type Window, windowAttributes, windowedSizes } from '../../../onnx/window.ts'
import {
  inputOfRank,
  knownSize,
  type LayerCall,
  type LayerKind,
  weightSlots,
} from '../../layer-kind.ts'
import type { Settings } from '../../settings.ts'
import { activate } from '../activation.ts'
import { fromOnnxImage, spatialOf, toOnnxImage } from './window.ts'

/** keras.layers.Conv1D, Conv2D and Conv3D, by the number of spatial axes: groups, strides, dilation. */
export function convolution(rank: number): LayerKind {
  return {
    weights: (settings) => weightSlots(['kernel', ...bias(settings)]),
    convert: (call) => {
      const { settings } = call
      const image = readImage(call, rank)
      const window = readWindow(settings, rank, rank === 1)
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
      const weights = outputsFirst(call, kernel)
      const result = convolve(call, image, { window, weights, groups, filters, isLast: true })
      return activate(call, fromOnnxImage(call, result))
    },
  }
}

/** keras.layers.DepthwiseConv1D and 2D: each channel by itself, `depth_multiplier` times. */
export function depthwiseConvolution(rank: number): LayerKind {
  return {
    // Keras 3 calls it just `kernel` in `.h5` files.
    weights: (settings) =>
      weightSlots(['depthwise_kernel', ...bias(settings)]).map((slot) =>
        slot.name === 'depthwise_kernel' ? { ...slot, aliases: ['kernel'] } : slot,
      ),
    convert: (call) => {
      const image = readImage(call, rank)
      const window = readWindow(call.settings, rank, false)
      ignoreConvolution(call.settings, ['filters'])
      return activate(call, fromOnnxImage(call, depthwise(call, image, { window, isLast: true })))
    },
  }
}

/** keras.layers.SeparableConv1D and 2D: a depthwise convolution, then one across the channels. */
export function separableConvolution(rank: number): LayerKind {
  return {
    weights: (settings) => weightSlots(['depthwise_kernel', 'pointwise_kernel', ...bias(settings)]),
    convert: (call) => {
      const { settings } = call
      ignoreConvolution(settings, [])
      const ones = Array<number>(rank).fill(1)
      const wide = readWindow(settings, rank, rank === 1)
      const between = depthwise(call, readImage(call, rank), { window: wide, isLast: false })
      const filters = settings.integer('filters', -1)
      const kernel = call.weight('pointwise_kernel', [
        ...ones,
        knownSize(call, between, 1),
        filters,
      ])
      const weights = outputsFirst(call, kernel)
      const window: Window = { kernel: ones, strides: ones, dilations: ones, padding: 'valid' }
      const result = convolve(call, between, { window, weights, groups: 1, filters, isLast: true })
      return activate(call, fromOnnxImage(call, result))
    },
  }
}

/** The input of a convolution over `rank` spatial axes, with its channels first. */
export function readImage(call: LayerCall, rank: number): Value {
  return toOnnxImage(call, toFloat(call.graph, inputOfRank(call, rank + 2)))
}

/** The window of a convolution over `rank` spatial axes; `causal` padding where it `mayBeCausal`. */
export function readWindow(settings: Settings, rank: number, mayBeCausal: boolean): Window {
  const window: Window = {
    kernel: settings.window('kernel_size', rank, 1),
    strides: settings.window('strides', rank, 1),
    dilations: settings.window('dilation_rate', rank, 1),
    padding: 'valid',
  }
  const padding = mayBeCausal
    ? settings.choice('padding', ['valid', 'same', 'causal'])
    : settings.choice('padding', ['valid', 'same'])
  if (padding !== 'causal') return { ...window, padding }
  // In front only, so that no step sees what comes after it.
  return { ...window, padding: window.kernel.map((_, axis) => [along(window, axis).extent - 1, 0]) }
}

/** The slot of a convolution's bias, if it has one. */
export function bias(settings: Settings): readonly string[] {
  return settings.flag('use_bias', true) ? ['bias'] : []
}

/** A kernel in Keras' order of axes, [...sizes, in, out], brought into ONNX's, [out, in, ...sizes]. */
export function outputsFirst({ graph }: LayerCall, kernel: Value): Value {
  const rank = kernel.shape.length - 2
  return transpose(graph, kernel, [rank + 1, rank, ...Array(rank).keys()])
}

/** Keras 2 writes settings of a plain convolution that these layers do not use. */
function ignoreConvolution(settings: Settings, unused: readonly string[]): void {
  settings.only('groups', 1)
  for (const key of unused) settings.any(key)
}

function depthwise(
  call: LayerCall,
  image: Value,
  { window, isLast }: { readonly window: Window; readonly isLast: boolean },
): Value {
  const { graph, settings } = call
  const rank = window.kernel.length
  const channels = knownSize(call, image, 1)
  const multiplier = settings.integer('depth_multiplier', 1)
  // [...sizes, in, multiplier] becomes [in x multiplier, 1, ...sizes].
  const kernel = call.weight('depthwise_kernel', [...window.kernel, channels, multiplier])
  const channelsBefore = transpose(graph, kernel, [rank, rank + 1, ...window.kernel.keys()])
  const filters = channels * multiplier
  const weights = reshapeConstant(graph, channelsBefore, [filters, 1, ...window.kernel])
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
  const spatial = spatialOf(call, image)
  return call.graph.add({
    op: 'Conv',
    inputs: offset ? [image, weights, offset] : [image, weights],
    attributes: { ...windowAttributes(window, spatial), group: { int: groups } },
    shape: [image.shape[0] ?? -1, filters, ...windowedSizes(window, spatial)],
  })
}
