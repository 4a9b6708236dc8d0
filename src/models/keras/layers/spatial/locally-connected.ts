import { elementCount } from '../../../../core/tensor.ts'
import type { Value } from '../../../onnx/graph.ts'
import { binary, reshape, reshapeConstant, toFloat, transpose } from '../../../onnx/operators.ts'
import { type Window, windowedSizes } from '../../../onnx/window.ts'
import {
  inputOfRank,
  knownSize,
  type LayerCall,
  type LayerKind,
  weightSlots,
} from '../../layer-kind.ts'
import { activate } from '../activation.ts'
import { bias } from './convolution.ts'
import { isChannelsFirst, spatialOf, spatialSizes } from './window.ts'

/**
 * LocallyConnected1D and 2D of Keras 2: a convolution whose kernel is another one at each place. Of
 * Keras' three ways to keep its weights only the first is known, which is also the default.
 */
export function locallyConnected(rank: number): LayerKind {
  return {
    weights: (settings) => weightSlots(['kernel', ...bias(settings)]),
    convert: (call) => {
      const { graph, settings } = call
      settings.only('implementation', 1)
      const image = toFloat(graph, inputOfRank(call, rank + 2))
      const window: Window = {
        kernel: settings.window('kernel_size', rank, 1),
        strides: settings.window('strides', rank, 1),
        dilations: Array<number>(rank).fill(1),
        padding: settings.choice<'valid'>('padding', ['valid']),
      }
      const channels = knownSize(call, image, isChannelsFirst(call) ? 1 : -1)
      const inner = spatialSizes(call, image)
      for (const axis of inner.keys()) knownSize(call, image, axis + 1)
      const sizes = windowedSizes(window, spatialOf(call, { shape: [-1, channels, ...inner] }))
      const places = elementCount(sizes)
      const taps = elementCount(window.kernel) * channels
      const filters = settings.integer('filters', -1)
      const kernel = call.weight('kernel', [places, taps, filters])
      const patches = gatherPatches(call, image, { window, sizes })
      const shape = [places, -1, filters]
      const products = graph.add({ op: 'MatMul', inputs: [patches, kernel], shape })
      const inOrder = isChannelsFirst(call) ? [filters, ...sizes] : [...sizes, filters]
      const axes = isChannelsFirst(call) ? [1, 2, 0] : [1, 0, 2]
      const result = reshape(graph, transpose(graph, products, axes), [-1, ...inOrder])
      if (!settings.flag('use_bias', true)) return activate(call, result)
      // Keras takes the numbers of the bias in the order in which they are, not by their axes.
      const offset = reshapeConstant(graph, call.weight('bias', [...sizes, filters]), inOrder)
      return activate(call, binary(graph, 'Add', [result, offset]))
    },
  }
}

/** What is under the window at each place: [places, batch, elements], in the order of the image's axes. */
function gatherPatches(
  call: LayerCall,
  image: Value,
  { window, sizes }: { readonly window: Window; readonly sizes: readonly number[] },
): Value {
  const { graph } = call
  const inner = image.shape.slice(1)
  const isFirst = isChannelsFirst(call)
  const channels = (isFirst ? inner[0] : inner.at(-1)) ?? 1
  const ordered = (spatial: readonly number[], channel: number) =>
    isFirst ? [channel, ...spatial] : [...spatial, channel]
  const offsets = indices(ordered(window.kernel, channels))
  const positions = indices(sizes).flatMap((place) => {
    const corner = ordered(
      place.map((index, axis) => index * (window.strides[axis] ?? 1)),
      0,
    )
    return offsets.map((offset) => flatIndex(inner, corner, offset))
  })
  const flat = reshape(graph, image, [-1, elementCount(inner)])
  const shape = [elementCount(sizes), offsets.length]
  const data = BigInt64Array.from(positions, BigInt)
  const patches = graph.add({
    op: 'Gather',
    inputs: [flat, graph.computed({ datatype: 'INT64', shape, data })],
    attributes: { axis: { int: 1 } },
    shape: [-1, ...shape],
  })
  return transpose(graph, patches, [1, 0, 2])
}

/** Every index of a tensor of `shape`, the last axis fastest. */
function indices(shape: readonly number[]): readonly (readonly number[])[] {
  return shape.reduce<readonly (readonly number[])[]>(
    (found, size) =>
      found.flatMap((index) => [...Array(size).keys()].map((next) => [...index, next])),
    [[]],
  )
}

function flatIndex(
  shape: readonly number[],
  corner: readonly number[],
  offset: readonly number[],
): number {
  return shape.reduce(
    (sum, size, axis) => sum * size + (corner[axis] ?? 0) + (offset[axis] ?? 0),
    0,
  )
}
