import {
  along,
  padsOf,
  type Sides,
  type Window,
  windowAttributes,
  windowedSizes,
} from '../../onnx/window.ts'
import type { Flow } from '../item.ts'
import { emit, fixedSize, flowAt, type OpCall, type OpKind, sizesAt, wrong } from '../op-call.ts'
import {
  imageAt,
  kernelAs,
  type OnnxImage,
  paddingOf,
  sizesAfter,
  spatialAttribute,
  spatialOf,
} from './image.ts'

/** Convolutions of images of two and three spatial axes. */
export const CONVOLUTION: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['Conv2D', convolution(2)],
  ['Conv3D', convolution(3)],
  ['DepthwiseConv2dNative', depthwise],
  ['Conv2DBackpropInput', transposed(2)],
  ['Conv3DBackpropInputV2', transposed(3)],
])

function readWindow(call: OpCall, image: OnnxImage, kernel: readonly number[]): Window {
  return {
    kernel,
    strides: spatialAttribute(call, 'strides', image),
    dilations: spatialAttribute(call, 'dilations', image),
    padding: paddingOf(call, image),
  }
}

/** A kernel: the sizes of its window, and its two last axes. */
function kernelAt(call: OpCall, spatialAxes: number) {
  const kernel = flowAt(call, 1)
  if (kernel.shape.length !== spatialAxes + 2) throw wrong(call, 'has a kernel of other axes')
  const sizes = kernel.shape.map((size) => fixedSize(call, size))
  const window = sizes.slice(0, spatialAxes)
  return { kernel, window, input: sizes.at(-2) ?? 1, output: sizes.at(-1) ?? 1 }
}

function convolution(spatialAxes: number): OpKind {
  return (call) => {
    const image = imageAt(call, 0, spatialAxes)
    const { kernel, window: sizes, input, output } = kernelAt(call, spatialAxes)
    const channels = fixedSize(call, image.flow.shape[1])
    const groups = channels / input
    if (!Number.isInteger(groups) || output % groups !== 0) {
      throw wrong(call, `has ${channels} channels on a kernel for ${input}`)
    }
    const weights = kernelAs(call, kernel, [1, 0])
    return convolve(call, image, { sizes, weights, groups, output })
  }
}

/** Each channel by itself, several times over. */
function depthwise(call: OpCall): Flow {
  const image = imageAt(call, 0, 2)
  const { kernel, window: sizes, input, output } = kernelAt(call, 2)
  const channels = fixedSize(call, image.flow.shape[1])
  if (channels !== input) throw wrong(call, `has ${channels} channels on a kernel for ${input}`)
  const shape = [input * output, 1, ...sizes]
  const weights = call.graph.add({
    op: 'Reshape',
    inputs: [kernelAs(call, kernel, [0, 1]), call.graph.integers(shape)],
    shape,
  })
  return convolve(call, image, { sizes, weights, groups: channels, output: input * output })
}

interface Convolution {
  readonly sizes: readonly number[]
  readonly weights: Flow['value']
  readonly groups: number
  readonly output: number
}

function convolve(call: OpCall, image: OnnxImage, convolved: Convolution): Flow {
  const { sizes, weights, groups, output } = convolved
  const window = readWindow(call, image, sizes)
  const result = emit(call, {
    op: 'Conv',
    inputs: [image.flow, weights],
    attributes: { ...windowAttributes(window, spatialOf(call, image)), group: { int: groups } },
    shape: [image.flow.shape[0], output, ...sizesAfter(call, window, image)],
  })
  return image.back(result)
}

/** The gradient of a convolution: input 0 says which size the image had that gave input 2. */
function transposed(spatialAxes: number): OpKind {
  return (call) => {
    const image = imageAt(call, 2, spatialAxes)
    const { kernel, window: sizes, input, output } = kernelAt(call, spatialAxes)
    if (fixedSize(call, image.flow.shape[1]) !== output) {
      throw wrong(call, `has a kernel for ${output} channels`)
    }
    const window = readWindow(call, image, sizes)
    const target = sizesAt(call, 0)
    const wanted = image.axes.map((axis) => fixedSize(call, target[axis]))
    const { pads, extra } = transposedPads(call, { window, wanted, image })
    const result = emit(call, {
      op: 'ConvTranspose',
      inputs: [image.flow, kernelAs(call, kernel, [1, 0])],
      attributes: {
        kernel_shape: { ints: sizes },
        strides: { ints: window.strides },
        dilations: { ints: window.dilations },
        pads: { ints: pads },
        output_padding: { ints: extra },
      },
      shape: [image.flow.shape[0], input, ...wanted],
    })
    return image.back(result)
  }
}

interface TransposedSizes {
  readonly window: Window
  readonly wanted: readonly number[]
  readonly image: OnnxImage
}

/** What is cut off around what the window gives, so that the wanted sizes are left. */
function transposedPads(
  call: OpCall,
  { window, wanted, image }: TransposedSizes,
): { readonly pads: readonly number[]; readonly extra: readonly number[] } {
  const { padding } = window
  if (padding !== 'same' && padding !== 'valid') throw wrong(call, 'has explicit paddings')
  const given = windowedSizes(window, spatialOf(call, { spatial: wanted }))
  const edges = wanted.map((size, axis) => {
    const now = fixedSize(call, image.spatial[axis])
    if (given[axis] !== now) throw wrong(call, `cannot give ${size} from ${now}`)
    const { stride, extent } = along(window, axis)
    const rest = (now - 1) * stride + extent - size
    const before = padding === 'same' ? Math.floor(Math.max(rest, 0) / 2) : 0
    const cut: Sides = [before, Math.max(rest - before, 0)]
    return { cut, extra: Math.max(before - rest, 0) }
  })
  return { pads: padsOf(edges.map(({ cut }) => cut)), extra: edges.map(({ extra }) => extra) }
}
