import type { Attribute } from '../../onnx/graph.ts'
import { transpose } from '../../onnx/operators.ts'
import type { Flow } from '../item.ts'
import { flowAt, type OpCall, wrong } from '../op-call.ts'
import type { Size } from '../size.ts'
import { permute } from './shaping.ts'

/** An image (of one to three spatial axes) with its channels right after the batch, as ONNX wants it. */
export interface OnnxImage {
  readonly flow: Flow
  readonly spatial: readonly Size[]
  /** Where the spatial axes are in TensorFlow's order. */
  readonly axes: readonly number[]
  /** Brings a result into TensorFlow's order of axes. */
  back(result: Flow): Flow
}

/** Input `index` as an image of `spatialAxes`; its order of axes is what `data_format` says. */
export function imageAt(call: OpCall, index: number, spatialAxes: number): OnnxImage {
  const flow = flowAt(call, index)
  if (flow.shape.length !== spatialAxes + 2) {
    throw wrong(call, `takes ${flow.shape.length} axes (expected ${spatialAxes + 2})`)
  }
  const isFirst = isChannelsFirst(call)
  const spatial = Array.from({ length: spatialAxes }, (_, axis) => axis)
  const inside = isFirst ? flow : permute(call, flow, channelsFirst(spatialAxes))
  return {
    flow: inside,
    spatial: inside.shape.slice(2),
    axes: spatial.map((axis) => axis + (isFirst ? 2 : 1)),
    back: (result) => (isFirst ? result : permute(call, result, channelsLast(spatialAxes))),
  }
}

/** Whether images have their channels right after the batch. */
export function isChannelsFirst(call: OpCall): boolean {
  const format = call.node.attributes.text('data_format', 'NHWC')
  if (!['NHWC', 'NDHWC', 'NCHW', 'NCDHW'].includes(format)) {
    throw wrong(call, `has data format ${JSON.stringify(format)}`)
  }
  return format.startsWith('NC')
}

function channelsFirst(spatialAxes: number): readonly number[] {
  return [0, spatialAxes + 1, ...Array.from({ length: spatialAxes }, (_, axis) => axis + 1)]
}

function channelsLast(spatialAxes: number): readonly number[] {
  return [0, ...Array.from({ length: spatialAxes }, (_, axis) => axis + 2), 1]
}

/** A window that slides over the spatial axes. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padding: Padding
}

/** What surrounds the image: as TensorFlow's SAME, nothing, or so much before and after each axis. */
export type Padding = 'SAME' | 'VALID' | readonly (readonly [number, number])[]

/** The entries of attribute `name` for the spatial axes of `image`; those of the others must be 1. */
export function spatialAttribute(call: OpCall, name: string, image: OnnxImage): readonly number[] {
  const rank = image.axes.length + 2
  const all = call.node.attributes.integers(name, Array<number>(rank).fill(1))
  const others = all.filter((_, axis) => !image.axes.includes(axis))
  const values = image.axes.map((axis) => all[axis] ?? 0)
  if (all.length !== rank || others.some((each) => each !== 1) || values.some((each) => each < 1)) {
    throw wrong(call, `has ${name} [${all.join(', ')}]`)
  }
  return values
}

/** The attribute `padding`, explicit ones included. */
export function paddingOf(call: OpCall, image: OnnxImage): Padding {
  const padding = call.node.attributes.text('padding', '')
  if (padding === 'SAME' || padding === 'VALID') return padding
  const pads = call.node.attributes.integers('explicit_paddings', [])
  if (padding !== 'EXPLICIT' || pads.length !== 2 * (image.axes.length + 2)) {
    throw wrong(call, `has padding ${JSON.stringify(padding)}`)
  }
  return image.axes.map((axis) => [pads[2 * axis] ?? 0, pads[2 * axis + 1] ?? 0])
}

/** `window` as attributes of ONNX, sliding over `spatial` sizes. */
export function windowAttributes(
  window: Window,
  spatial: readonly Size[],
): Readonly<Record<string, Attribute>> {
  const common = {
    kernel_shape: { ints: window.kernel },
    strides: { ints: window.strides },
    dilations: { ints: window.dilations },
  }
  if (window.padding === 'VALID') return common
  const pads = spatial.map((size, axis) => padsAlong(window, size, axis))
  const known = pads.filter((pad) => pad !== undefined)
  // What running tells is padded then; that works for all axes or none.
  if (known.length !== pads.length) return { ...common, auto_pad: { text: 'SAME_UPPER' } }
  return {
    ...common,
    pads: { ints: [...known.map(([before]) => before), ...known.map(([, after]) => after)] },
  }
}

/** The sizes of what `window` gives; undefined where only running tells. */
export function windowedSizes(
  call: OpCall,
  window: Window,
  spatial: readonly Size[],
): readonly (Size | undefined)[] {
  return spatial.map((size, axis) => {
    if (typeof size !== 'number') return isUnchanged(window, axis) ? size : undefined
    const stride = window.strides[axis] ?? 1
    const [before, after] = padsAlong(window, size, axis) ?? [0, 0]
    const count = Math.floor((size + before + after - extent(window, axis)) / stride) + 1
    if (count < 1) throw wrong(call, `has a window of ${extent(window, axis)} on a size of ${size}`)
    return count
  })
}

function isUnchanged({ padding, strides }: Window, axis: number): boolean {
  return padding === 'SAME' && strides[axis] === 1
}

/** What the dilated window spans along `axis`. */
function extent({ kernel, dilations }: Window, axis: number): number {
  return ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1
}

/** How much is added before and after `axis`; what is left over of an odd padding goes to the end. */
function padsAlong(
  window: Window,
  size: Size,
  axis: number,
): readonly [number, number] | undefined {
  const { padding } = window
  if (padding === 'VALID') return [0, 0]
  if (padding !== 'SAME') return padding[axis]
  if (typeof size !== 'number') return undefined
  const stride = window.strides[axis] ?? 1
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent(window, axis) - size, 0)
  return [Math.floor(total / 2), total - Math.floor(total / 2)]
}

/** A kernel, [...window, in, out], with its axes in another order. */
export function kernelAs(call: OpCall, kernel: Flow, last: readonly number[]): Flow['value'] {
  const spatial = kernel.shape.length - 2
  const order = [...last.map((axis) => spatial + axis), ...Array(spatial).keys()]
  return transpose(call.graph, kernel.value, order)
}
