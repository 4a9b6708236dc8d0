import { type Flow, flowOf, type Item, staticShape } from '../item.ts'
import {
  axisOf,
  emit,
  fixedSize,
  flowAt,
  integerAt,
  integersAt,
  type OpCall,
  type OpKind,
  withinSample,
  wrong,
} from '../op-call.ts'
import { plus, type Size } from '../size.ts'
import { squeeze, unsqueeze } from './shaping.ts'

/** What joins tensors, or takes them apart along an axis. */
export const JOINING: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['ConcatV2', concatV2],
  ['Concat', concat],
  ['Pack', pack],
  ['Unpack', unpack],
  ['Split', split],
  ['SplitV', splitV],
])

function concatV2(call: OpCall): Flow {
  const flows = call.inputs.slice(0, -1).map((item) => flowOf(call.graph, item))
  return concatenate(call, flows, integerAt(call, call.inputs.length - 1))
}

function concat(call: OpCall): Flow {
  const flows = call.inputs.slice(1).map((item) => flowOf(call.graph, item))
  return concatenate(call, flows, integerAt(call, 0))
}

/** Tensors one after the other along `axis`. */
export function concatenate(call: OpCall, flows: readonly Flow[], along: number): Flow {
  const [first, ...rest] = flows
  if (!first) throw wrong(call, 'joins nothing')
  const axis = axisOf(call, along, first.shape.length)
  if (rest.length === 0) return first
  if (rest.some(({ shape }) => shape.length !== first.shape.length)) {
    throw wrong(call, 'joins tensors of unlike axes')
  }
  withinSample(call, first, [axis])
  const sum = rest.reduce<Size | undefined>(
    (all, { shape }) => (all === undefined ? undefined : plus(all, shape[axis] ?? 0)),
    first.shape[axis],
  )
  return emit(call, {
    op: 'Concat',
    inputs: flows,
    attributes: { axis: { int: axis } },
    shape: first.shape.map((size, each) => (each === axis ? sum : size)),
  })
}

function pack(call: OpCall): Flow {
  const flows = call.inputs.map((item) => flowOf(call.graph, item))
  return stackFlows(call, flows, call.node.attributes.integer('axis', 0))
}

/** Tensors of one shape along a new axis. */
export function stackFlows(call: OpCall, flows: readonly Flow[], along: number): Flow {
  const rank = (flows[0]?.shape.length ?? 0) + 1
  const axis = axisOf(call, along, rank)
  const wide = flows.map((flow) => unsqueeze(call, flow, axis))
  return concatenate(call, wide, axis)
}

function unpack(call: OpCall): readonly Item[] {
  const flow = flowAt(call, 0)
  const axis = axisOf(call, call.node.attributes.integer('axis', 0), flow.shape.length)
  const count = fixedSize(call, flow.shape[axis])
  const parts = splitInto(call, flow, { axis, sizes: Array<number>(count).fill(1) })
  return parts.map((part) => squeeze(call, part, [axis]))
}

function split(call: OpCall): readonly Item[] {
  const flow = flowAt(call, 1)
  const axis = axisOf(call, integerAt(call, 0), flow.shape.length)
  const count = call.node.attributes.integer('num_split', 0)
  const size = fixedSize(call, flow.shape[axis])
  if (count < 1 || size % count !== 0) throw wrong(call, `divides ${size} into ${count}`)
  return splitInto(call, flow, { axis, sizes: Array<number>(count).fill(size / count) })
}

function splitV(call: OpCall): readonly Item[] {
  const flow = flowAt(call, 0)
  const given = integersAt(call, 1)
  const axis = axisOf(call, integerAt(call, 2), flow.shape.length)
  const size = fixedSize(call, flow.shape[axis])
  const rest = size - given.reduce((sum, each) => sum + Math.max(each, 0), 0)
  const sizes = given.map((each) => (each < 0 ? rest : each))
  if (rest < 0 || sizes.reduce((sum, each) => sum + each, 0) !== size) {
    throw wrong(call, `divides ${size} into [${given.join(', ')}]`)
  }
  return splitInto(call, flow, { axis, sizes })
}

interface Parts {
  readonly axis: number
  readonly sizes: readonly number[]
}

function splitInto(call: OpCall, flow: Flow, { axis, sizes }: Parts): readonly Flow[] {
  if (sizes.length === 1) return [flow]
  const { graph } = call
  const at = (part: number) => flow.shape.map((size, each) => (each === axis ? part : size))
  const [first = 0] = sizes
  if (sizes.every((size) => size === first)) {
    const attributes = { axis: { int: axis }, num_outputs: { int: sizes.length } }
    const part = { op: 'Split', inputs: [flow.value], attributes, shape: staticShape(at(first)) }
    const values = graph.addAll(part, sizes.length)
    return values.map((value) => ({ kind: 'flow', value, shape: at(first) }))
  }
  let start = 0
  return sizes.map((size) => {
    const bounds = [start, start + size, axis].map((bound) => graph.integers([bound]))
    start += size
    return emit(call, { op: 'Slice', inputs: [flow, ...bounds], shape: at(size) })
  })
}
