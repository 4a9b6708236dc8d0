import type { Value } from '../../../onnx/graph.ts'
import { toFloat } from '../../../onnx/operators.ts'
import { inputOfRank, knownSize, type LayerCall, type LayerKind } from '../../layer-kind.ts'
import { largest, type Taps, weightedSum } from './taps.ts'
import { inEitherOrder } from './window.ts'

/** keras.layers.AdaptiveAveragePooling1D, 2D and 3D, by the number of spatial axes. */
export function adaptiveAveragePooling(rank: number): LayerKind {
  return adaptivePooling(rank, weightedSum)
}

/** keras.layers.AdaptiveMaxPooling1D, 2D and 3D. */
export function adaptiveMaxPooling(rank: number): LayerKind {
  return adaptivePooling(rank, largest)
}

type Resample = (
  call: LayerCall,
  value: Value,
  options: { readonly axis: number; readonly taps: readonly Taps[] },
) => Value

function adaptivePooling(rank: number, resample: Resample): LayerKind {
  return {
    convert: (call) => {
      const image = toFloat(call.graph, inputOfRank(call, rank + 2))
      const sizes = call.settings.window('output_size', rank, 1)
      return inEitherOrder(call, image, (value, axes) =>
        axes.reduce((pooled, axis, index) => {
          const taps = adaptiveWindows(knownSize(call, pooled, axis), sizes[index] ?? 1)
          return resample(call, pooled, { axis, taps })
        }, value),
      )
    },
  }
}

/** Windows of about the same size that cover `size` elements, and overlap where `count` does not divide it. */
function adaptiveWindows(size: number, count: number): readonly Taps[] {
  return Array.from({ length: count }, (_, index) => {
    const start = Math.floor((index * size) / count)
    const width = Math.ceil(((index + 1) * size) / count) - start
    return { start, weights: Array<number>(width).fill(1 / width) }
  })
}
