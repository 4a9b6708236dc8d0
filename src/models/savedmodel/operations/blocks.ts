import type { Sides } from '../../onnx/window.ts'
import type { Flow } from '../item.ts'
import { emit, fixedSize, flowAt, integersAt, type OpCall, type OpKind, wrong } from '../op-call.ts'
import { product, quotient, type Size, times } from '../size.ts'
import { permute, reshapeTo } from './shaping.ts'
import { padAround } from './slicing.ts'

/** What moves blocks of an image to other axes; dilated convolutions are written with it. */
export const BLOCKS: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['SpaceToBatchND', spaceToBatch],
  ['BatchToSpaceND', batchToSpace],
  ['DepthToSpace', depthToSpace],
  ['SpaceToDepth', spaceToDepth],
])

/** Input 2: how much is added or cut on both sides of each axis of the blocks. */
function edgesAt(call: OpCall, axes: number): readonly Sides[] {
  const edges = integersAt(call, 2)
  if (edges.length !== 2 * axes) throw wrong(call, 'has edges that do not fit its blocks')
  return Array.from({ length: axes }, (_, at) => [edges[2 * at] ?? 0, edges[2 * at + 1] ?? 0])
}

function spaceToBatch(call: OpCall): Flow {
  const block = integersAt(call, 1)
  const edges = edgesAt(call, block.length)
  const image = padAround(call, flowAt(call, 0), { sides: [[0, 0], ...edges] })
  const [batch = 1, ...rest] = image.shape
  const after = rest.slice(block.length)
  const split = block.flatMap((size, at) => [divided(call, rest[at], size), size])
  const apart = reshapeTo(call, image, [batch, ...split, ...after])
  const axes = [...apart.shape.keys()]
  const inner = block.map((_, at) => 2 + 2 * at)
  const outer = block.map((_, at) => 1 + 2 * at)
  const moved = permute(call, apart, [...inner, 0, ...outer, ...axes.slice(1 + split.length)])
  const many = times(batch, product(block))
  return reshapeTo(call, moved, [many, ...moved.shape.slice(block.length + 1)])
}

function batchToSpace(call: OpCall): Flow {
  const image = flowAt(call, 0)
  const block = integersAt(call, 1)
  const edges = edgesAt(call, block.length)
  const [many = 1, ...rest] = image.shape
  const batch = quotient(many, product(block))
  if (batch === undefined) throw wrong(call, 'divides a batch that is no multiple of its blocks')
  const apart = reshapeTo(call, image, [...block, batch, ...rest])
  const first = block.length
  const pairs = block.flatMap((_, at) => [first + 1 + at, at])
  const last = [...apart.shape.keys()].slice(2 * first + 1)
  const moved = permute(call, apart, [first, ...pairs, ...last])
  const joined = block.map((size, at) => times(rest[at] ?? 1, size))
  const whole = reshapeTo(call, moved, [batch, ...joined, ...rest.slice(first)])
  return cut(call, whole, edges)
}

function divided(call: OpCall, size: Size | undefined, by: number): number {
  const fixed = fixedSize(call, size)
  if (by < 1 || fixed % by !== 0) throw wrong(call, `divides ${fixed} into blocks of ${by}`)
  return fixed / by
}

function cut(call: OpCall, flow: Flow, edges: readonly Sides[]): Flow {
  if (edges.every(([before, after]) => before === 0 && after === 0)) return flow
  const { graph } = call
  const sizes = edges.map((_, at) => fixedSize(call, flow.shape[1 + at]))
  const starts = edges.map(([before]) => before)
  const ends = edges.map(([, after], at) => (sizes[at] ?? 0) - after)
  const axes = edges.map((_, at) => 1 + at)
  return emit(call, {
    op: 'Slice',
    inputs: [flow, graph.integers(starts), graph.integers(ends), graph.integers(axes)],
    shape: flow.shape.map((size, axis) =>
      axes.includes(axis) ? (ends[axis - 1] ?? 0) - (starts[axis - 1] ?? 0) : size,
    ),
  })
}

function imageAt(call: OpCall): { image: Flow; block: number } {
  const image = flowAt(call, 0)
  const { attributes } = call.node
  if (attributes.text('data_format', 'NHWC') !== 'NHWC' || image.shape.length !== 4) {
    throw wrong(call, 'takes no image with its channels last')
  }
  return { image, block: attributes.integer('block_size', 1) }
}

function depthToSpace(call: OpCall): Flow {
  const { image, block } = imageAt(call)
  const [batch = 1, height = 1, width = 1, channels] = image.shape
  const depth = divided(call, channels, block * block)
  const apart = reshapeTo(call, image, [batch, height, width, block, block, depth])
  const moved = permute(call, apart, [0, 1, 3, 2, 4, 5])
  const sizes = [height, width].map((size) => fixedSize(call, size) * block)
  return reshapeTo(call, moved, [batch, ...sizes, depth])
}

function spaceToDepth(call: OpCall): Flow {
  const { image, block } = imageAt(call)
  const [batch = 1, height, width, channels] = image.shape
  const [rows, columns] = [divided(call, height, block), divided(call, width, block)]
  const depth = fixedSize(call, channels)
  const apart = reshapeTo(call, image, [batch, rows, block, columns, block, depth])
  const moved = permute(call, apart, [0, 1, 3, 2, 4, 5])
  return reshapeTo(call, moved, [batch, rows, columns, block * block * depth])
}
