import type { Attribute, Value } from '../../onnx/graph.ts'
import { transpose } from '../../onnx/operators.ts'
import { quote, refuse } from '../../refuse.ts'
import type { LayerCall } from '../layer-kind.ts'

/** A window that slides over the two spatial axes of an image: a convolution's or a pooling's. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padding: 'valid' | 'same'
}

/** The axes of an image with its channels first, taken from one with its channels last. */
const CHANNELS_FIRST: readonly number[] = [0, 3, 1, 2]
const CHANNELS_LAST: readonly number[] = [0, 2, 3, 1]

/** Whether the layer's images have their channels first: [batch, channels, height, width]. */
export function isChannelsFirst(call: LayerCall): boolean {
  return (
    call.settings.choice('data_format', ['channels_last', 'channels_first']) !== 'channels_last'
  )
}

/** `value` with its channels first, as ONNX wants images. */
export function toOnnxImage(call: LayerCall, value: Value): Value {
  return isChannelsFirst(call) ? value : transpose(call.graph, value, CHANNELS_FIRST)
}

/** The opposite of `toOnnxImage`. */
export function fromOnnxImage(call: LayerCall, value: Value): Value {
  return isChannelsFirst(call) ? value : transpose(call.graph, value, CHANNELS_LAST)
}

/** The attributes of `window` as it slides over `image` (channels first); TensorFlow's `same`. */
export function windowAttributes(
  image: Value,
  window: Window,
): Readonly<Record<string, Attribute>> {
  const common = {
    kernel_shape: { ints: window.kernel },
    strides: { ints: window.strides },
    dilations: { ints: window.dilations },
  }
  if (window.padding === 'valid') return common
  // What is left over of an odd padding goes to the end.
  const before: number[] = []
  const after: number[] = []
  for (const [axis, size] of image.shape.slice(2).entries()) {
    if (size < 0) return { ...common, auto_pad: { text: 'SAME_UPPER' } }
    const { stride, extent } = along(window, axis)
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0)
    before.push(Math.floor(total / 2))
    after.push(total - Math.floor(total / 2))
  }
  return { ...common, pads: { ints: [...before, ...after] } }
}

/** The spatial sizes of what `window` gives, sliding over `image` (channels first). */
export function windowedSizes(call: LayerCall, image: Value, window: Window): readonly number[] {
  return image.shape.slice(2).map((size, axis) => {
    if (size < 0) return -1
    const { stride, extent } = along(window, axis)
    if (window.padding === 'same') return Math.ceil(size / stride)
    if (extent > size) {
      throw refuse(
        `layer ${quote(call.settings.place)} has a window of ${extent} on a size of ${size}`,
      )
    }
    return Math.floor((size - extent) / stride) + 1
  })
}

/** Along one axis: the stride, and what the dilated window spans. */
function along(window: Window, axis: number): { stride: number; extent: number } {
  const kernel = window.kernel[axis] ?? 1
  const dilation = window.dilations[axis] ?? 1
  return { stride: window.strides[axis] ?? 1, extent: (kernel - 1) * dilation + 1 }
}
