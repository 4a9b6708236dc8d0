import { poolAttributes, poolings, type Window } from '../../onnx/window.ts'
import { type Flow, sizeList } from '../item.ts'
import { emit, flowAt, integersAt, type OpCall, type OpKind, wrong } from '../op-call.ts'
import { numberLike } from './arithmetic.ts'
import { applyTo, combine } from './broadcast.ts'
import {
  imageAt,
  isChannelsFirst,
  type OnnxImage,
  paddingOf,
  sizesAfter,
  spatialAttribute,
  spatialOf,
} from './image.ts'
import { reshapeTo } from './shaping.ts'

/** Poolings, resizings and the normalisation of batches: what works on images besides convolutions. */
export const POOLING: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['MaxPool', pooling('MaxPool', 2)],
  ['AvgPool', pooling('AveragePool', 2)],
  ['MaxPool3D', pooling('MaxPool', 3)],
  ['AvgPool3D', pooling('AveragePool', 3)],
  ['FusedBatchNorm', batchNorm],
  ['FusedBatchNormV2', batchNorm],
  ['FusedBatchNormV3', batchNorm],
  ['ResizeBilinear', resize('linear')],
  ['ResizeNearestNeighbor', resize('nearest')],
])

function pooling(op: string, spatialAxes: number): OpKind {
  return (call) => {
    const image = imageAt(call, 0, spatialAxes)
    const kernel = spatialAttribute(call, 'ksize', image)
    const window: Window = {
      kernel,
      strides: spatialAttribute(call, 'strides', image),
      dilations: kernel.map(() => 1),
      padding: paddingOf(call, image),
    }
    const result = poolings(window, spatialOf(call, image).sizes).reduce((flow, step) => {
      const before = { spatial: flow.shape.slice(2) }
      return emit(call, {
        op,
        inputs: [flow],
        attributes: poolAttributes(step, spatialOf(call, before)),
        shape: [...flow.shape.slice(0, 2), ...sizesAfter(call, step, before)],
      })
    }, image.flow)
    return image.back(result)
  }
}

/** With the statistics of training; those of the batch at hand would mix its samples. */
function batchNorm(call: OpCall): Flow {
  const { attributes } = call.node
  const image = imageAt(call, 0, flowAt(call, 0).shape.length - 2)
  const epsilon = attributes.float('epsilon', 1e-4)
  if (attributes.flag('is_training', true)) return image.back(groupNorm(call, image, epsilon))
  const parameters = [1, 2, 3, 4].map((index) => flowAt(call, index))
  const result = emit(call, {
    op: 'BatchNormalization',
    inputs: [image.flow, ...parameters],
    attributes: { epsilon: { float: epsilon } },
    shape: image.flow.shape,
  })
  return image.back(result)
}

/** As training does, on one image: how Keras 2 normalises layers, a sample as one channel of it. */
function groupNorm(call: OpCall, { flow }: OnnxImage, epsilon: number): Flow {
  const [batch, channels = 1, ...spatial] = flow.shape
  if (batch !== 1) throw wrong(call, 'normalises by the batch at hand, as in training')
  const { graph } = call
  const mean = (of: Flow): Flow =>
    emit(call, {
      op: 'ReduceMean',
      inputs: [of, graph.integers(spatial.map((_, axis) => axis + 2))],
      shape: [1, channels, ...spatial.map(() => 1)],
    })
  const [scale, offset] = [1, 2].map((index) =>
    reshapeTo(call, flowAt(call, index), [channels, ...spatial.map(() => 1)]),
  )
  if (!scale || !offset) throw wrong(call, 'has no scale or offset')
  const centred = combine(call, [flow, mean(flow)], { op: 'Sub' })
  const variance = mean(combine(call, [centred, centred], { op: 'Mul' }))
  const least = numberLike(call, variance, epsilon)
  const deviation = applyTo(call, combine(call, [variance, least], { op: 'Add' }), { op: 'Sqrt' })
  const normal = combine(call, [centred, deviation], { op: 'Div' })
  return combine(call, [combine(call, [normal, scale], { op: 'Mul' }), offset], { op: 'Add' })
}

function resize(mode: 'linear' | 'nearest'): OpKind {
  return (call) => {
    if (isChannelsFirst(call)) throw wrong(call, 'takes images with their channels first')
    const image = imageAt(call, 0, 2)
    const sizes = integersAt(call, 1)
    if (sizes.length !== 2 || sizes.some((size) => size < 1)) throw wrong(call, 'has no such size')
    const { coordinates, rounding } = sampling(call)
    const shape = [...image.flow.shape.slice(0, 2), ...sizes]
    // All four: ONNX Runtime moves a Transpose across a Resize of some axes wrongly.
    const list = sizeList(call.graph, shape)
    const result = emit(call, {
      op: 'Resize',
      inputs: [image.flow, undefined, undefined, list],
      attributes: {
        mode: { text: mode },
        coordinate_transformation_mode: { text: coordinates },
        ...(mode === 'nearest' && { nearest_mode: { text: rounding } }),
      },
      shape,
    })
    return image.back(result)
  }
}

/** Which point of the image an element of the result is taken at. */
function sampling({ node }: OpCall): { coordinates: string; rounding: string } {
  if (node.attributes.flag('align_corners', false)) {
    return { coordinates: 'align_corners', rounding: 'round_prefer_ceil' }
  }
  return node.attributes.flag('half_pixel_centers', false)
    ? { coordinates: 'half_pixel', rounding: 'round_prefer_ceil' }
    : { coordinates: 'asymmetric', rounding: 'floor' }
}
