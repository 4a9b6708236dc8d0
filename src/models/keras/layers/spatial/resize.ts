import { type Datatype, isFloat } from '../../../../core/tensor.ts'
import type { Graph, Value } from '../../../onnx/graph.ts'
import { cast, toFloat, unary } from '../../../onnx/operators.ts'
import { joinSizes, sizesOf } from '../../../onnx/sizes.ts'
import { clip } from '../../activations.ts'
import { knownSize, type LayerCall } from '../../layer-kind.ts'
import { INTERPOLATIONS } from './resize-weights.ts'
import { weightedSum } from './taps.ts'
import { inEitherOrder } from './window.ts'

/** How an image is resized. */
export interface Resize {
  /** The interpolation's, as Keras writes it. */
  readonly name: string
  /** The new height and width. */
  readonly sizes: readonly number[]
  readonly isAntialiased: boolean
}

/** Interpolations that change an image even where it keeps its size. */
const BLURRING: readonly string[] = ['gaussian', 'mitchellcubic']

/** `image` resized, in FP32; `nearest` keeps the datatype, and so does what keeps its size. */
export function resize(call: LayerCall, image: Value, options: Resize): Value {
  const { name, sizes, isAntialiased } = options
  const weights = INTERPOLATIONS.get(name)
  if (!weights) {
    throw call.settings.wrong('interpolation', name, [...INTERPOLATIONS.keys()].join(', '))
  }
  return inEitherOrder(call, image, (value, axes) => {
    const current = axes.map((axis) => value.shape[axis] ?? -1)
    const isSame = current.every((size, index) => size === sizes[index])
    if (isSame && !BLURRING.includes(name)) return value
    // ONNX Runtime has bilinear interpolation of its own, and sees sizes that are only known then.
    const isPlain = name === 'bilinear' && !isAntialiased
    if (isPlain || (name === 'nearest' && current.includes(-1))) {
      return resizeByOnnx(call, value, { axes, sizes, name })
    }
    const floats = name === 'nearest' ? value : toFloat(call.graph, value)
    return axes.reduce((resized, axis, index) => {
      const from = knownSize(call, resized, axis)
      const taps = weights({ from, to: sizes[index] ?? from, isAntialiased })
      return weightedSum(call, resized, { axis, taps })
    }, floats)
  })
}

/** The name of the layer's interpolation; Keras takes capitals too. */
export function interpolationOf({ settings }: LayerCall, fallback: string): string {
  return String(settings.any('interpolation') ?? fallback).toLowerCase()
}

function resizeByOnnx(
  { graph }: LayerCall,
  image: Value,
  { axes, sizes, name }: Omit<Resize, 'isAntialiased'> & { readonly axes: readonly number[] },
): Value {
  const value = name === 'nearest' ? image : toFloat(graph, image)
  const shape = value.shape.map((size, axis) => sizes[axes.indexOf(axis)] ?? size)
  return graph.add({
    op: 'Resize',
    inputs: [value, undefined, undefined, sizeList(graph, value, shape)],
    attributes: {
      mode: { text: name === 'nearest' ? 'nearest' : 'linear' },
      coordinate_transformation_mode: { text: 'half_pixel' },
      ...(name === 'nearest' && { nearest_mode: { text: 'round_prefer_ceil' } }),
    },
    shape,
  })
}

/**
 * `shape` as INT64, with the sizes of `value` where they are not known. All sizes are given, as ONNX
 * Runtime moves permutations wrongly across a Resize of some axes.
 */
function sizeList(graph: Graph, value: Value, shape: readonly number[]): Value {
  const parts = shape.map((size, axis) =>
    size < 0 ? sizesOf(graph, value, [axis, axis + 1]) : graph.integers([size]),
  )
  return joinSizes(graph, parts)
}

/** Ranges of the integers that images are made of. */
const RANGES: ReadonlyMap<Datatype, readonly [min: number, max: number]> = new Map([
  ['UINT8', [0, 255]],
  ['INT8', [-128, 127]],
  ['UINT16', [0, 65_535]],
  ['INT16', [-32_768, 32_767]],
])

/** Floating-point numbers as the integers that an image was made of, where it was: rounded, within range. */
export function backToIntegers(call: LayerCall, value: Value, datatype: Datatype): Value {
  if (value.datatype === datatype || isFloat(datatype)) return value
  const range = RANGES.get(datatype)
  if (!range) {
    throw call.settings.refuse(`interpolates ${datatype}, which is not supported`)
  }
  const rounded = unary(call.graph, value, { op: 'Round' })
  const clipped = clip(call.graph, rounded, { min: range[0], max: range[1] })
  return cast(call.graph, clipped, datatype)
}
