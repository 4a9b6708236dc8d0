import { WINDOW_MAX } from '../../../limits.ts'
import type { Value } from '../../../onnx/graph.ts'
import { autocast, toFloat } from '../../../onnx/operators.ts'
import type { Sides } from '../../../onnx/window.ts'
import { inputOfRank, type LayerCall, type LayerKind } from '../../layer-kind.ts'
import { crop, pad } from './padding.ts'
import { backToIntegers, interpolationOf, resize } from './resize.ts'
import { inEitherOrder, spatialSizes } from './window.ts'

/** keras.layers.Resizing, with all interpolations; aspect ratios are kept by cropping or padding first. */
export const resizing: LayerKind = {
  convert: (call) => {
    const { graph, settings, kerasMajor } = call
    const given = inputOfRank(call, 4)
    // Keras 2 computes in floating point; Keras 3 gives back what it was given.
    const image = kerasMajor < 3 ? toFloat(graph, given) : autocast(graph, given)
    const name = interpolationOf(call, 'bilinear')
    const sizes = readSizes(call)
    const isAntialiased = settings.flag('antialias', false)
    const isCropped = settings.flag('crop_to_aspect_ratio', false)
    const isPadded = settings.flag('pad_to_aspect_ratio', false)
    if (isCropped && isPadded) throw settings.wrong('pad_to_aspect_ratio', true, 'false')
    settings.only('fill_mode', 'constant')
    const fill = settings.number('fill_value', 0)
    const fitted = isCropped
      ? cropToRatio(call, image, sizes)
      : isPadded
        ? padToRatio(call, image, { sizes, fill })
        : image
    return backToIntegers(
      call,
      resize(call, fitted, { name, sizes, isAntialiased }),
      image.datatype,
    )
  },
}

/** keras.layers.CenterCrop: an image that is smaller is cropped to the ratio and enlarged. */
export const centerCrop: LayerKind = {
  convert: (call) => {
    const image = toFloat(call.graph, inputOfRank(call, 4))
    const sizes = readSizes(call)
    const rest = knownSizes(call, image).map((size, axis) => size - (sizes[axis] ?? 0))
    if (rest.every((size) => size >= 0)) {
      const sides = rest.map((size): Sides => [Math.floor(size / 2), Math.ceil(size / 2)])
      return cropAll(call, image, sides)
    }
    const cropped = cropToRatio(call, image, sizes)
    return resize(call, cropped, { name: 'bilinear', sizes, isAntialiased: false })
  },
}

/** keras.layers.RandomCrop outside of training: Keras 2 fits images into the sizes, Keras 3 does nothing. */
export const randomCrop: LayerKind = {
  convert: (call) => {
    call.settings.any('seed')
    const image = inputOfRank(call, 4)
    const sizes = readSizes(call)
    if (call.kerasMajor >= 3) {
      call.settings.any('data_format')
      return image
    }
    const cropped = cropToRatio(call, toFloat(call.graph, image), sizes)
    return resize(call, cropped, { name: 'bilinear', sizes, isAntialiased: false })
  },
}

function readSizes({ settings, keywords }: LayerCall): readonly number[] {
  // Keras 3 calls layers that prepare images with `training`; these two do the same in either case.
  keywords.any('training')
  return ['height', 'width'].map((key) => {
    const size = settings.integer(key, 0)
    if (size < 1 || size > WINDOW_MAX) throw settings.wrong(key, size, `1 to ${WINDOW_MAX}`)
    return size
  })
}

function knownSizes(call: LayerCall, image: Value): readonly number[] {
  const sizes = spatialSizes(call, image)
  if (sizes.includes(-1)) {
    throw call.settings.refuse(`takes images of unknown size`)
  }
  return sizes
}

/** The largest part in the middle of `image` that has the ratio of `sizes`. */
function cropToRatio(call: LayerCall, image: Value, sizes: readonly number[]): Value {
  const current = knownSizes(call, image)
  const kept = atRatio(current, sizes).map((size, axis) =>
    Math.max(Math.min(current[axis] ?? 1, size), 1),
  )
  const sides = current.map((size, axis): Sides => {
    const rest = size - (kept[axis] ?? size)
    return [Math.floor(rest / 2), Math.ceil(rest / 2)]
  })
  return cropAll(call, image, sides)
}

/** `image` with `fill` at two sides, so that it has about the ratio of `sizes`. */
function padToRatio(
  call: LayerCall,
  image: Value,
  { sizes, fill }: { readonly sizes: readonly number[]; readonly fill: number },
): Value {
  const current = knownSizes(call, image)
  const sides = atRatio(current, sizes).map((size, axis): Sides => {
    // Both sides get the same: of an odd number the last one is left out.
    const half = Math.floor(Math.max(size - (current[axis] ?? 0), 0) / 2)
    return [half, half]
  })
  return inEitherOrder(call, image, (value, axes) => pad(call, value, { axes, sides, fill }))
}

/** What each of the `current` sizes had to be for the ratio of `sizes`, if the other one stayed. */
function atRatio(current: readonly number[], sizes: readonly number[]): readonly number[] {
  const [height = 1, width = 1] = current
  const [toHeight = 1, toWidth = 1] = sizes
  return [
    Math.floor(Math.fround((width * toHeight) / toWidth)),
    Math.floor(Math.fround((height * toWidth) / toHeight)),
  ]
}

function cropAll(call: LayerCall, image: Value, sides: readonly Sides[]): Value {
  if (sides.every(([before, after]) => before + after === 0)) return image
  return inEitherOrder(call, image, (value, axes) => crop(call, value, { axes, sides }))
}
