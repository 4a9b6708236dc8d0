import { padsOf, type Sides } from '../../onnx/window.ts'
import { type Flow, flowOf, type Item } from '../item.ts'
import {
  axesAt,
  axisOf,
  emit,
  fixedSize,
  flowAt,
  integerAt,
  integersAt,
  type OpCall,
  type OpKind,
  sizesAt,
  withinSample,
  wrong,
} from '../op-call.ts'
import { plus, type Size, sameSize } from '../size.ts'
import { readSliceSpec } from '../slice-spec.ts'
import { concatenate } from './joining.ts'
import { squeeze, unsqueeze } from './shaping.ts'

/** What takes parts of a tensor, or adds around it. */
export const SLICING: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['StridedSlice', stridedSlice],
  ['Slice', sliceOp],
  ['GatherV2', (call) => gather(call, integerAt(call, 2))],
  ['Gather', (call) => gather(call, 0)],
  ['ResourceGather', (call) => gather(call, 0)],
  ['ReverseV2', reverse],
  ['Roll', roll],
  ['Pad', pad('constant')],
  ['PadV2', pad('constant')],
  ['MirrorPad', mirrorPad],
])

function stridedSlice(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const { axes, result } = readSliceSpec(call, flow.shape)
  const cut = [...axes.keys()].filter((axis) => axes[axis]?.range)
  withinSample(call, flow, cut)
  const ranges = cut.flatMap((axis) => axes[axis]?.range ?? [])
  const { graph } = call
  const sliced =
    cut.length === 0
      ? flow
      : emit(call, {
          op: 'Slice',
          inputs: [
            flow,
            graph.integers(ranges.map(({ start }) => start)),
            graph.integers(ranges.map(({ end }) => end)),
            graph.integers(cut),
            graph.integers(ranges.map(({ step }) => step)),
          ],
          shape: axes.map(({ size }) => size),
        })
  const dropped = [...axes.keys()].filter((axis) => axes[axis]?.isDropped)
  const inserted = [...result.keys()].filter((axis) => result[axis] === 'new')
  const kept = squeeze(call, sliced, dropped)
  return inserted.reduce((each, axis) => unsqueeze(call, each, axis), kept)
}

function sliceOp(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const begins = integersAt(call, 1)
  const sizes = sizesAt(call, 2)
  if (begins.length !== flow.shape.length || sizes.length !== begins.length) {
    throw wrong(call, 'has begins and sizes that do not fit its input')
  }
  const isWhole = (axis: number) => begins[axis] === 0 && isAll(sizes[axis], flow.shape[axis])
  const cut = [...begins.keys()].filter((axis) => !isWhole(axis))
  if (cut.length === 0) return flow
  withinSample(call, flow, cut)
  const ends = cut.map((axis) => {
    const size = sizes[axis]
    if (typeof size !== 'number') throw wrong(call, 'takes a part that depends on its input')
    return size < 0 ? ENDLESS : (begins[axis] ?? 0) + size
  })
  const { graph } = call
  return emit(call, {
    op: 'Slice',
    inputs: [
      flow,
      graph.integers(cut.map((axis) => begins[axis] ?? 0)),
      graph.integers(ends),
      graph.integers(cut),
    ],
    shape: flow.shape.map((size, axis) =>
      cut.includes(axis) ? takenOf(size, begins[axis] ?? 0, sizes[axis]) : size,
    ),
  })
}

/** The end of a slice that has none. */
const ENDLESS: number = 2 ** 31 - 1

function isAll(size: Size | undefined, of: Size | undefined): boolean {
  return size === -1 || (size !== undefined && of !== undefined && sameSize(size, of))
}

function takenOf(size: Size, begin: number, count: Size | undefined): Size | undefined {
  if (count !== -1) return count
  return typeof size === 'number' ? size - begin : undefined
}

function gather(call: OpCall, along: number): Flow {
  const flow = flowAt(call, 0)
  const indices = flowAt(call, 1)
  const axis = axisOf(call, along, flow.shape.length)
  if (call.node.attributes.integer('batch_dims', 0) !== 0) {
    throw wrong(call, 'takes other elements of each sample, which is not supported')
  }
  withinSample(call, flow, [axis])
  return emit(call, {
    op: 'Gather',
    inputs: [flow, indices],
    attributes: { axis: { int: axis } },
    shape: [...flow.shape.slice(0, axis), ...indices.shape, ...flow.shape.slice(axis + 1)],
  })
}

function reverse(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const axes = axesAt(call, 1, flow.shape.length)
  if (axes.length === 0) return flow
  withinSample(call, flow, axes)
  const { graph } = call
  const all = (number: number) => graph.integers(axes.map(() => number))
  return emit(call, {
    op: 'Slice',
    inputs: [flow, all(-1), all(-ENDLESS), graph.integers(axes), all(-1)],
    shape: flow.shape,
  })
}

/** What leaves an axis at its end comes in again at its beginning. */
function roll(call: OpCall): Flow {
  const { graph } = call
  const first = flowAt(call, 0)
  const axes = axesAt(call, 2, first.shape.length)
  const shifts = integersAt(call, 1)
  if (shifts.length !== axes.length) throw wrong(call, 'has other shifts than axes')
  return axes.reduce((flow, axis, at) => {
    const size = fixedSize(call, flow.shape[axis])
    const cut = size - ((((shifts[at] ?? 0) % size) + size) % size)
    const part = (from: number, to: number): Flow =>
      emit(call, {
        op: 'Slice',
        inputs: [flow, ...[from, to, axis].map((bound) => graph.integers([bound]))],
        shape: flow.shape.with(axis, to - from),
      })
    return cut === size ? flow : concatenate(call, [part(cut, size), part(0, cut)], axis)
  }, first)
}

function pad(mode: 'constant' | 'reflect'): OpKind {
  return (call) => {
    const flow = flowAt(call, 0)
    const edges = integersAt(call, 1)
    if (edges.length !== 2 * flow.shape.length || edges.some((edge) => edge < 0)) {
      throw wrong(call, `pads by [${edges.join(', ')}]`)
    }
    const sides = flow.shape.map(
      (_, axis): Sides => [edges[2 * axis] ?? 0, edges[2 * axis + 1] ?? 0],
    )
    const filling = call.inputs[2]
    return padAround(call, flow, { sides, mode, ...(filling && { filling }) })
  }
}

interface Around {
  /** Of the first axes; there is nothing around the others. */
  readonly sides: readonly Sides[]
  readonly mode?: 'constant' | 'reflect'
  /** What a `constant` is; zero if absent. */
  readonly filling?: Item
}

/** `flow` with something around it: zeros, unless that is said. */
export function padAround(call: OpCall, flow: Flow, around: Around): Flow {
  const { mode = 'constant', filling } = around
  const sides = flow.shape.map((_, axis) => around.sides[axis] ?? ([0, 0] as const))
  const widened = [...sides.keys()].filter((axis) => sides[axis]?.some((side) => side > 0))
  if (widened.length === 0) return flow
  withinSample(call, flow, widened)
  return emit(call, {
    op: 'Pad',
    inputs: [
      flow,
      call.graph.integers(padsOf(sides)),
      ...(filling ? [flowOf(call.graph, filling)] : []),
    ],
    attributes: { mode: { text: mode } },
    shape: flow.shape.map((size, axis) => {
      const [before = 0, after = 0] = sides[axis] ?? []
      return plus(size, before + after)
    }),
  })
}

function mirrorPad(call: OpCall): Item | readonly Item[] {
  const mode = call.node.attributes.text('mode', '')
  if (mode !== 'REFLECT') throw wrong(call, `pads in mode ${JSON.stringify(mode)} (only REFLECT)`)
  return pad('reflect')(call)
}
