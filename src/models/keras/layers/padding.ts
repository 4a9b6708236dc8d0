import { WINDOW_MAX } from '../../limits.ts'
import { toFloat } from '../../onnx/operators.ts'
import { inputOfRank, type LayerKind } from '../layer-kind.ts'
import type { Settings } from '../settings.ts'
import { isChannelsFirst } from './window.ts'

/** keras.layers.ZeroPadding2D */
export const zeroPadding2d: LayerKind = {
  convert: (call) => {
    const { graph, settings } = call
    const image = toFloat(graph, inputOfRank(call, 4))
    const [height, width] = readPadding(settings)
    const none: Side = [0, 0]
    const sides = isChannelsFirst(call) ? [none, none, height, width] : [none, height, width, none]
    const pads = [...sides.map(([before]) => before), ...sides.map(([, after]) => after)]
    const shape = image.shape.map((size, axis) => {
      const [before, after] = sides[axis] ?? none
      return size < 0 ? -1 : size + before + after
    })
    return graph.add({ op: 'Pad', inputs: [image, graph.integers(pads)], shape })
  },
}

/** What is added before and after, along one axis. */
type Side = readonly [before: number, after: number]

/** One number for all sides, one an axis, or two an axis. */
function readPadding(settings: Settings): readonly [Side, Side] {
  const given = settings.any('padding') ?? 1
  const list: readonly unknown[] = Array.isArray(given) ? given : [given, given]
  const sides = list.map((side): unknown[] => (Array.isArray(side) ? side : [side, side]))
  const [height, width] = sides
  const isValid =
    sides.length === 2 &&
    sides.every((side) => side.length === 2 && side.every((size) => isPadding(size)))
  if (!isValid || !height || !width)
    throw settings.wrong('padding', given, `sizes of 0 to ${WINDOW_MAX}`)
  return [
    [Number(height[0]), Number(height[1])],
    [Number(width[0]), Number(width[1])],
  ]
}

function isPadding(size: unknown): boolean {
  return Number.isSafeInteger(size) && Number(size) >= 0 && Number(size) <= WINDOW_MAX
}
