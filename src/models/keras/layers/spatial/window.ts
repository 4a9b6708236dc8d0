import type { Value } from '../../../onnx/graph.ts'
import { transpose } from '../../../onnx/operators.ts'
import { channelsFirst, channelsLast, type Spatial } from '../../../onnx/window.ts'
import type { LayerCall } from '../../layer-kind.ts'

/** Whether the layer's images have their channels first: [batch, channels, height, width]. */
export function isChannelsFirst(call: LayerCall): boolean {
  return (
    call.settings.choice('data_format', ['channels_last', 'channels_first']) !== 'channels_last'
  )
}

/** `value` with its channels first, as ONNX wants images. */
export function toOnnxImage(call: LayerCall, value: Value): Value {
  return isChannelsFirst(call)
    ? value
    : transpose(call.graph, value, channelsFirst(value.shape.length - 2))
}

/** The opposite of `toOnnxImage`. */
export function fromOnnxImage(call: LayerCall, value: Value): Value {
  return isChannelsFirst(call)
    ? value
    : transpose(call.graph, value, channelsLast(value.shape.length - 2))
}

/**
 * Applies a `change` that takes images in either order of axes, without a permutation: where the image
 * comes from one with its channels first, that one is changed.
 */
export function inEitherOrder(
  call: LayerCall,
  image: Value,
  change: (image: Value, spatialAxes: readonly number[]) => Value,
): Value {
  const spatial = image.shape.slice(2).map((_, index) => index + 1)
  const axes = channelsLast(spatial.length)
  const isBrought = image.transposed?.axes.every((from, to) => from === axes[to]) ?? false
  if (!isChannelsFirst(call) && !isBrought) return change(image, spatial)
  const changed = change(
    toOnnxImage(call, image),
    spatial.map((axis) => axis + 1),
  )
  // What keeps no spatial axes has no order.
  return changed.shape.length === image.shape.length ? fromOnnxImage(call, changed) : changed
}

/** The sizes of an image but those of batch and channels. */
export function spatialSizes(call: LayerCall, { shape }: Value): readonly number[] {
  return isChannelsFirst(call) ? shape.slice(2) : shape.slice(1, -1)
}

/** The spatial axes of `image`, which has its channels first, for a window to slide over. */
export function spatialOf({ settings }: LayerCall, { shape }: Pick<Value, 'shape'>): Spatial {
  return { sizes: shape.slice(2), refuse: (what) => settings.refuse(what) }
}
