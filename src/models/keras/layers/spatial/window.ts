import type { Attribute, Value } from '../../../onnx/graph.ts'
import { transpose } from '../../../onnx/operators.ts'
import { quote, refuse } from '../../../refuse.ts'
import type { LayerCall } from '../../layer-kind.ts'

/** A window that slides over the spatial axes of an image, as a convolution's or a pooling's. */
export interface Window {
  /** Sizes along each spatial axis, as the strides and dilations. */
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** `causal` pads in front only, so that no step sees what comes after it. */
  readonly padding: 'valid' | 'same' | 'causal'
}

/** Whether the layer's images have their channels first: [batch, channels, height, width]. */
export function isChannelsFirst(call: LayerCall): boolean {
  return (
    call.settings.choice('data_format', ['channels_last', 'channels_first']) !== 'channels_last'
  )
}

/** `value` with its channels first, as ONNX wants images. */
export function toOnnxImage(call: LayerCall, value: Value): Value {
  return isChannelsFirst(call) ? value : transpose(call.graph, value, channelsFirst(value))
}

/** The opposite of `toOnnxImage`. */
export function fromOnnxImage(call: LayerCall, value: Value): Value {
  return isChannelsFirst(call) ? value : transpose(call.graph, value, channelsLast(value))
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
  const axes = channelsLast(image)
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

/** The axes of an image with its channels first, taken from one with its channels last. */
function channelsFirst({ shape }: Value): readonly number[] {
  return [0, shape.length - 1, ...shape.slice(2).map((_, index) => index + 1)]
}

function channelsLast({ shape }: Value): readonly number[] {
  return [0, ...shape.slice(2).map((_, index) => index + 2), 1]
}

/** The attributes of `window` as it slides over `image` (channels first); TensorFlow's `same`. */
export function windowAttributes(
  call: LayerCall,
  image: Value,
  window: Window,
): Readonly<Record<string, Attribute>> {
  const common = {
    kernel_shape: { ints: window.kernel },
    strides: { ints: window.strides },
    ...(isDilated(window) && { dilations: { ints: window.dilations } }),
  }
  if (window.padding === 'valid') return common
  const before: number[] = []
  const after: number[] = []
  for (const [axis, size] of image.shape.slice(2).entries()) {
    const { stride, extent } = along(window, axis)
    const isCausal = window.padding === 'causal'
    if (size < 0 && stride > 1 && !isCausal) {
      // ONNX Runtime knows the size when it runs, but does not pad for dilated windows.
      if (isDilated(window)) throw unknownSize(call)
      return { ...common, auto_pad: { text: 'SAME_UPPER' } }
    }
    // One that slides step by step needs the same padding whatever the size is.
    const total =
      isCausal || size < 0
        ? extent - 1
        : Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0)
    // What is left over of an odd padding goes to the end.
    before.push(isCausal ? total : Math.floor(total / 2))
    after.push(isCausal ? 0 : total - Math.floor(total / 2))
  }
  return { ...common, pads: { ints: [...before, ...after] } }
}

function isDilated({ dilations }: Window): boolean {
  return dilations.some((dilation) => dilation > 1)
}

function unknownSize(call: LayerCall): Error {
  return refuse(
    `layer ${quote(call.settings.place)} slides a dilated window with strides over an unknown size`,
  )
}

/** The spatial sizes of what `window` gives, sliding over `image` (channels first). */
export function windowedSizes(call: LayerCall, image: Value, window: Window): readonly number[] {
  return image.shape.slice(2).map((size, axis) => {
    if (size < 0) return -1
    const { stride, extent } = along(window, axis)
    if (window.padding !== 'valid') return Math.ceil(size / stride)
    if (extent > size) {
      throw refuse(
        `layer ${quote(call.settings.place)} has a window of ${extent} on a size of ${size}`,
      )
    }
    return Math.floor((size - extent) / stride) + 1
  })
}

/** Along one axis: the stride, and what the dilated window spans. */
export function along(window: Window, axis: number): { stride: number; extent: number } {
  const kernel = window.kernel[axis] ?? 1
  const dilation = window.dilations[axis] ?? 1
  return { stride: window.strides[axis] ?? 1, extent: (kernel - 1) * dilation + 1 }
}
