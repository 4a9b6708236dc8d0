import { WINDOW_MAX } from '../../../limits.ts'
import type { Value } from '../../../onnx/graph.ts'
import { autocast, cast } from '../../../onnx/operators.ts'
import { padsOf, type Sides } from '../../../onnx/window.ts'
import { inputOfRank, type LayerCall, type LayerKind } from '../../layer-kind.ts'
import type { Settings } from '../../settings.ts'
import { inEitherOrder } from './window.ts'

/** keras.layers.ZeroPadding1D, 2D and 3D, by the number of spatial axes. */
export function zeroPadding(rank: number): LayerKind {
  return {
    convert: (call) => {
      const image = autocast(call.graph, inputOfRank(call, rank + 2))
      const sides = readSides(call.settings, 'padding', { rank, fallback: 1 })
      return inEitherOrder(call, image, (value, axes) => pad(call, value, { axes, sides }))
    },
  }
}

/** keras.layers.Cropping1D, 2D and 3D, by the number of spatial axes. */
export function cropping(rank: number): LayerKind {
  return {
    convert: (call) => {
      const image = autocast(call.graph, inputOfRank(call, rank + 2))
      const sides = readSides(call.settings, 'cropping', { rank, fallback: rank === 1 ? 1 : 0 })
      return inEitherOrder(call, image, (value, axes) => crop(call, value, { axes, sides }))
    },
  }
}

/** How much is at both ends of some axes. */
interface Margins {
  readonly axes: readonly number[]
  readonly sides: readonly Sides[]
}

const NONE: Sides = [0, 0]

/** `image` with `fill` around it: along each of `axes`, as `sides` says. */
export function pad(
  { graph }: LayerCall,
  image: Value,
  { axes, sides, fill = 0 }: Margins & { readonly fill?: number },
): Value {
  const all = image.shape.map((_, axis) => sides[axes.indexOf(axis)] ?? NONE)
  const pads = graph.integers(padsOf(all))
  const shape = image.shape.map((size, axis) => {
    const [before, after] = all[axis] ?? NONE
    return size < 0 ? -1 : size + before + after
  })
  const inputs =
    fill === 0 ? [image, pads] : [image, pads, cast(graph, graph.scalar(fill), image.datatype)]
  return graph.add({ op: 'Pad', inputs, shape })
}

/** `image` without its margins: along each of `axes`, as `sides` says. */
export function crop(
  { graph, settings }: LayerCall,
  image: Value,
  { axes, sides }: Margins,
): Value {
  const shape = image.shape.map((size, axis) => {
    const [before, after] = sides[axes.indexOf(axis)] ?? NONE
    if (size < 0) return -1
    if (before + after >= size) throw settings.wrong('cropping', sides, `less than ${size}`)
    return size - before - after
  })
  const starts = sides.map(([before]) => before)
  const ends = sides.map(([, after]) => (after === 0 ? Number.MAX_SAFE_INTEGER : -after))
  const bounds = [starts, ends, axes].map((each) => graph.integers(each))
  return graph.add({ op: 'Slice', inputs: [image, ...bounds], shape })
}

/** One number for all sides, one an axis, or two an axis; along the only axis, two are its sides. */
function readSides(
  settings: Settings,
  key: string,
  { rank, fallback }: { readonly rank: number; readonly fallback: number },
): readonly Sides[] {
  const given = settings.any(key) ?? fallback
  const axes: readonly unknown[] = Array.isArray(given) ? given : Array(rank).fill(given)
  const list = rank === 1 && axes.length === 2 ? [axes] : axes
  const sides = list.map((side): unknown[] => (Array.isArray(side) ? side : [side, side]))
  const isValid =
    sides.length === rank && sides.every((side) => side.length === 2 && side.every(isSide))
  if (!isValid) throw settings.wrong(key, given, `sizes of 0 to ${WINDOW_MAX}`)
  return sides.map(([before, after]): Sides => [Number(before), Number(after)])
}

function isSide(size: unknown): boolean {
  return Number.isSafeInteger(size) && Number(size) >= 0 && Number(size) <= WINDOW_MAX
}
