import type { Attribute } from './graph.ts'

/** A window that slides over the spatial axes of an image, as a convolution's or a pooling's. */
export interface Window {
  /** Sizes along each spatial axis, as the strides and dilations. */
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** What surrounds the image: nothing, what TensorFlow's `same` pads, or so much along each axis. */
  readonly padding: 'valid' | 'same' | readonly Sides[]
}

/** How much is added, or taken away, at both ends of an axis. */
export type Sides = readonly [before: number, after: number]

/** The spatial axes that a window slides over, and how it is said what is wrong about them. */
export interface Spatial {
  /** -1 where only running tells. */
  readonly sizes: readonly number[]
  /** An error that names the layer or operation: `layer "x" has a window of 5 on a size of 3`. */
  readonly refuse: (what: string) => Error
}

type Attributes = Readonly<Record<string, Attribute>>

/** The attributes of a convolution by `window`. */
export function windowAttributes(window: Window, { sizes, refuse }: Spatial): Attributes {
  const isDilated = window.dilations.some((dilation) => dilation > 1)
  const common = {
    kernel_shape: { ints: window.kernel },
    strides: { ints: window.strides },
    ...(isDilated && { dilations: { ints: window.dilations } }),
  }
  if (window.padding === 'valid') return common
  const sides = sizes.map((size, axis) => sidesAlong(window, size, axis))
  const known = sides.filter((each) => each !== undefined)
  if (known.length === sides.length) return { ...common, pads: { ints: padsOf(known) } }
  // ONNX Runtime knows the size when it runs, but does not pad for dilated windows.
  if (isDilated) throw refuse('slides a dilated window with strides over an unknown size')
  return { ...common, auto_pad: { text: 'SAME_UPPER' } }
}

/**
 * A pooling by `window` as one or two of ONNX: where a stride is longer than its window, ONNX Runtime
 * would pad by less than nothing, and fails. Over a size that only running tells it still may.
 */
export function poolings(window: Window, sizes: readonly number[]): readonly Window[] {
  const isLong = window.kernel.some((extent, axis) => extent < (window.strides[axis] ?? 1))
  if (window.padding !== 'same' || !isLong) return [window]
  const fits = sizes.map((size, axis) => {
    const [before, after] = sidesAlong(window, size, axis) ?? [1, 1]
    return window.kernel[axis] === 1 || before + after === 0
  })
  const only = (which: boolean, values: readonly number[]) =>
    values.map((value, axis) => (fits[axis] === which ? value : 1))
  const step = (which: boolean): Window => ({
    ...window,
    kernel: only(which, window.kernel),
    strides: only(which, window.strides),
    padding: which ? 'valid' : 'same',
  })
  if (!fits.includes(false)) return [step(true)]
  return fits.includes(true) ? [step(true), step(false)] : [window]
}

/** The attributes of a pooling by `window`, which is not dilated. */
export function poolAttributes(window: Window, spatial: Spatial): Attributes {
  const { kernel, strides, padding } = window
  if (padding !== 'valid' && padding !== 'same') return windowAttributes(window, spatial)
  return {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    // Never paddings in numbers: ONNX Runtime 1.30 adds to them what a Pad before has put around, and
    // the largest of negative numbers and zeros is then no longer zero.
    auto_pad: { text: padding === 'valid' ? 'VALID' : 'SAME_UPPER' },
  }
}

/** The spatial sizes of what `window` gives; -1 where only running tells. */
export function windowedSizes(window: Window, { sizes, refuse }: Spatial): readonly number[] {
  return sizes.map((size, axis) => {
    if (size < 0) return -1
    const { stride, extent } = along(window, axis)
    const [before = 0, after = 0] = sidesAlong(window, size, axis) ?? []
    const count = Math.floor((size + before + after - extent) / stride) + 1
    if (count < 1) throw refuse(`has a window of ${extent} on a size of ${size}`)
    return count
  })
}

/** Along one axis: the stride, and what the dilated window spans. */
export function along(window: Window, axis: number): { stride: number; extent: number } {
  const kernel = window.kernel[axis] ?? 1
  const dilation = window.dilations[axis] ?? 1
  return { stride: window.strides[axis] ?? 1, extent: (kernel - 1) * dilation + 1 }
}

/** ONNX's list of what is at all beginnings, then of what is at all ends. */
export function padsOf(sides: readonly Sides[]): readonly number[] {
  return [...sides.map(([before]) => before), ...sides.map(([, after]) => after)]
}

/** What surrounds an axis of that size; undefined where only running tells. */
function sidesAlong(window: Window, size: number, axis: number): Sides | undefined {
  const { padding } = window
  if (padding === 'valid') return [0, 0]
  if (padding !== 'same') return padding[axis] ?? [0, 0]
  const { stride, extent } = along(window, axis)
  if (size < 0 && stride > 1) return undefined
  // One that slides step by step needs the same padding whatever the size is.
  const total =
    size < 0 ? extent - 1 : Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0)
  // What is left over of an odd padding goes to the end.
  return [Math.floor(total / 2), total - Math.floor(total / 2)]
}

/** The axes of an image with its channels right after the batch, taken from one with them last. */
export function channelsFirst(spatialAxes: number): readonly number[] {
  return [0, spatialAxes + 1, ...Array.from({ length: spatialAxes }, (_, axis) => axis + 1)]
}

/** The opposite of `channelsFirst`. */
export function channelsLast(spatialAxes: number): readonly number[] {
  return [0, ...Array.from({ length: spatialAxes }, (_, axis) => axis + 2), 1]
}
