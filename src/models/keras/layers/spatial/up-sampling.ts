import type { Value } from '../../../onnx/graph.ts'
import { autocast, toFloat } from '../../../onnx/operators.ts'
import { inputOfRank, knownSize, type LayerCall, type LayerKind } from '../../layer-kind.ts'
import { backToIntegers, interpolationOf, resize } from './resize.ts'
import { pick } from './taps.ts'
import { inEitherOrder, spatialSizes } from './window.ts'

/** keras.layers.UpSampling1D, 2D and 3D, by the number of spatial axes; 2D images may be interpolated. */
export function upSampling(rank: number): LayerKind {
  return {
    convert: (call) => {
      const { graph, settings, kerasMajor } = call
      const image = autocast(graph, inputOfRank(call, rank + 2))
      const factors = settings.window('size', rank, 2)
      const name = rank === 2 ? interpolationOf(call, 'nearest') : 'nearest'
      if (name === 'nearest') return repeat(call, image, factors)
      const enlarged =
        name === 'bilinear'
          ? enlarge(call, toFloat(graph, image), { factors, attributes: BILINEAR })
          : resize(call, image, {
              name,
              sizes: spatialSizes(call, image).map((size, axis) => size * (factors[axis] ?? 1)),
              isAntialiased: false,
            })
      return kerasMajor < 3
        ? toFloat(graph, enlarged)
        : backToIntegers(call, enlarged, image.datatype)
    },
  }
}

const BILINEAR = {
  mode: { text: 'linear' },
  coordinate_transformation_mode: { text: 'half_pixel' },
}

const NEAREST = {
  mode: { text: 'nearest' },
  coordinate_transformation_mode: { text: 'asymmetric' },
  nearest_mode: { text: 'floor' },
}

/** Datatypes that ONNX Runtime enlarges. */
const ENLARGED: readonly string[] = ['FP32', 'UINT8', 'INT8', 'INT32']

/** Every element as often as `factors` says, along each spatial axis. */
function repeat(call: LayerCall, image: Value, factors: readonly number[]): Value {
  if (ENLARGED.includes(image.datatype)) {
    return enlarge(call, image, { factors, attributes: NEAREST })
  }
  return inEitherOrder(call, image, (value, axes) =>
    axes.reduce((repeated, axis, index) => {
      const factor = factors[index] ?? 1
      const places = Array(knownSize(call, value, axis) * factor).keys()
      const positions = [...places].map((place) => Math.floor(place / factor))
      return pick(call, repeated, { axis, positions })
    }, value),
  )
}

interface Enlargement {
  readonly factors: readonly number[]
  readonly attributes: typeof BILINEAR | typeof NEAREST
}

function enlarge(call: LayerCall, image: Value, { factors, attributes }: Enlargement): Value {
  const { graph } = call
  return inEitherOrder(call, image, (value, axes) => {
    const scales = value.shape.map((_, axis) => factors[axes.indexOf(axis)] ?? 1)
    const data = Float32Array.from(scales)
    return graph.add({
      op: 'Resize',
      inputs: [
        value,
        undefined,
        graph.computed({ datatype: 'FP32', shape: [scales.length], data }),
      ],
      attributes,
      shape: value.shape.map((size, axis) => (size < 0 ? -1 : size * (scales[axis] ?? 1))),
    })
  })
}
