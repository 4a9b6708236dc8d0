import { transpose } from '../../onnx/operators.ts'
import {
  channelsFirst,
  channelsLast,
  type Spatial,
  type Window,
  windowedSizes,
} from '../../onnx/window.ts'
import type { Flow } from '../item.ts'
import { flowAt, type OpCall, wrong } from '../op-call.ts'
import { type Size, staticSize } from '../size.ts'
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
export function paddingOf(call: OpCall, image: OnnxImage): Window['padding'] {
  const padding = call.node.attributes.text('padding', '')
  if (padding === 'SAME') return 'same'
  if (padding === 'VALID') return 'valid'
  const pads = call.node.attributes.integers('explicit_paddings', [])
  if (padding !== 'EXPLICIT' || pads.length !== 2 * (image.axes.length + 2)) {
    throw wrong(call, `has padding ${JSON.stringify(padding)}`)
  }
  return image.axes.map((axis) => [pads[2 * axis] ?? 0, pads[2 * axis + 1] ?? 0])
}

/** The spatial axes of `image`, for a window to slide over. */
export function spatialOf(call: OpCall, { spatial }: Pick<OnnxImage, 'spatial'>): Spatial {
  return { sizes: spatial.map(staticSize), refuse: (what) => wrong(call, what) }
}

/** The sizes of what `window` gives; undefined where only running tells. */
export function sizesAfter(
  call: OpCall,
  window: Window,
  image: Pick<OnnxImage, 'spatial'>,
): readonly (Size | undefined)[] {
  return windowedSizes(window, spatialOf(call, image)).map((size, axis) => {
    if (size >= 0) return size
    const isUnchanged = window.padding === 'same' && window.strides[axis] === 1
    return isUnchanged ? image.spatial[axis] : undefined
  })
}

/** A kernel, [...window, in, out], with its axes in another order. */
export function kernelAs(call: OpCall, kernel: Flow, last: readonly number[]): Flow['value'] {
  const spatial = kernel.shape.length - 2
  const order = [...last.map((axis) => spatial + axis), ...Array(spatial).keys()]
  return transpose(call.graph, kernel.value, order)
}
