import { transpose } from '../../../onnx/operators.ts'
import { along, padsOf, type Sides, type Window } from '../../../onnx/window.ts'
import { knownSize, type LayerKind, weightSlots } from '../../layer-kind.ts'
import type { Settings } from '../../settings.ts'
import { activate } from '../activation.ts'
import { bias, readImage, readWindow } from './convolution.ts'
import { fromOnnxImage } from './window.ts'

/**
 * keras.layers.Conv1DTranspose, Conv2DTranspose and Conv3DTranspose. A convolution that gave the input's
 * sizes is undone; `output_padding` says which of the sizes that it could have come from is meant.
 */
export function transposedConvolution(rank: number): LayerKind {
  return {
    weights: (settings) => weightSlots(['kernel', ...bias(settings)]),
    convert: (call) => {
      const { graph, settings, kerasMajor } = call
      settings.only('groups', 1)
      const image = readImage(call, rank)
      const given = readWindow(settings, rank, false)
      // Keras 2 has the setting there, but computes without it.
      const isIgnored = rank === 3 && kerasMajor < 3
      const window = isIgnored ? { ...given, dilations: given.dilations.map(() => 1) } : given
      const filters = settings.integer('filters', -1)
      const kernel = call.weight('kernel', [...window.kernel, filters, knownSize(call, image, 1)])
      const weights = transpose(graph, kernel, [rank + 1, rank, ...window.kernel.keys()])
      const edges = readEdges(settings, window)
      const offset = bias(settings).map((name) => call.weight(name, [filters]))
      const sizes = image.shape.slice(2).map((size, axis) => {
        const { stride, extent } = along(window, axis)
        return size < 0 ? -1 : (size - 1) * stride + extent + (edges[axis]?.total ?? 0)
      })
      const result = graph.add({
        op: 'ConvTranspose',
        inputs: [image, weights, ...offset],
        attributes: {
          kernel_shape: { ints: window.kernel },
          strides: { ints: window.strides },
          dilations: { ints: window.dilations },
          pads: { ints: padsOf(edges.map(({ cut }) => cut)) },
          output_padding: { ints: edges.map(({ added }) => added) },
        },
        shape: [image.shape[0] ?? -1, filters, ...sizes],
      })
      return activate(call, fromOnnxImage(call, result))
    },
  }
}

/** Along one axis of the result: what is cut off, what is added at the end; in `total`, of both. */
interface Edges {
  readonly cut: Sides
  readonly added: number
  readonly total: number
}

function readEdges(settings: Settings, window: Window): readonly Edges[] {
  const { strides, padding } = window
  const given = settings.integers('output_padding')
  const paddings = given?.length === 1 ? strides.map(() => given[0] ?? 0) : given
  const isValid =
    paddings === undefined ||
    (paddings.length === strides.length &&
      paddings.every((size, axis) => size >= 0 && size < (strides[axis] ?? 1)))
  if (!isValid) throw settings.wrong('output_padding', given, 'sizes below the strides')
  return strides.map((stride, axis) => {
    const { extent } = along(window, axis)
    const padded = paddings?.[axis]
    // Of the whole result, which is (size - 1) x stride + extent.
    const total =
      padding === 'valid'
        ? (padded ?? Math.max(stride - extent, 0))
        : padded === undefined
          ? stride - extent
          : padded + (extent % 2) - extent
    const size = Math.max(-total, 0)
    // What is left over of an odd number is cut off at the end, as `same` pads there.
    const before = Math.floor(size / 2)
    return { cut: [before, size - before], added: Math.max(total, 0), total }
  })
}
