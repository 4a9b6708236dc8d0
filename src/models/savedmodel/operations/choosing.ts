import type { Value } from '../../onnx/graph.ts'
import { cast, topOf } from '../../onnx/operators.ts'
import { type Flow, type Item, staticShape } from '../item.ts'
import {
  emit,
  fixedSize,
  flowAt,
  integerAt,
  type OpCall,
  type OpKind,
  withinSample,
  wrong,
} from '../op-call.ts'
import { countsSamples } from '../size.ts'
import { broadcastSizes } from './broadcast.ts'
import { concatenate } from './joining.ts'
import { unsqueeze } from './shaping.ts'

/** What chooses between elements, or makes them from indices. */
export const CHOOSING: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['Select', select],
  ['SelectV2', select],
  ['OneHot', oneHot],
  ['MatrixBandPart', band],
  ['Range', range],
  ['TopKV2', topK],
  ['GatherNd', gatherNd],
])

function select(call: OpCall): Flow {
  const [condition, yes, no] = [0, 1, 2].map((index) => flowAt(call, index))
  if (!condition || !yes || !no) throw wrong(call, 'has too few inputs')
  const rank = yes.shape.length
  // Before SelectV2, a vector of truths chose whole rows.
  const isByRow = call.node.op === 'Select' && condition.shape.length === 1 && rank > 1
  const wide = isByRow
    ? Array.from({ length: rank - 1 }).reduce<Flow>(
        (flow) => unsqueeze(call, flow, flow.shape.length),
        condition,
      )
    : condition
  const shape = broadcastSizes(call, yes.shape, no.shape)
  const known = shape.filter((size) => size !== undefined)
  const { datatype } = yes.value
  // ONNX Runtime chooses no truths, but bytes.
  const between = datatype === 'BOOL' ? 'UINT8' : datatype
  const chosen = [yes, no].map(({ value }) => cast(call.graph, value, between))
  const result = emit(call, {
    op: 'Where',
    inputs: [wide, ...chosen],
    shape: known.length === shape.length ? broadcastSizes(call, wide.shape, known) : shape,
    datatype: between,
  })
  return { ...result, value: cast(call.graph, result.value, datatype) }
}

function oneHot(call: OpCall): Flow {
  const { graph } = call
  const indices = flowAt(call, 0)
  const depth = integerAt(call, 1)
  const pair = [3, 2].map((index) => unsqueeze(call, flowAt(call, index), 0))
  const values = concatenate(call, pair, 0)
  const { datatype } = values.value
  const axis = call.node.attributes.integer('axis', -1)
  // ONNX Runtime knows it for few types only.
  const inputs = [
    cast(graph, indices.value, 'INT64'),
    graph.integers([depth]),
    cast(graph, values.value, datatype === 'FP32' ? 'FP32' : 'INT64'),
  ]
  const result = emit(call, {
    op: 'OneHot',
    inputs,
    attributes: { axis: { int: axis } },
    shape: indices.shape.toSpliced(axis < 0 ? indices.shape.length : axis, 0, depth),
    datatype: datatype === 'FP32' ? 'FP32' : 'INT64',
  })
  return { ...result, value: cast(graph, result.value, datatype) }
}

/** Zeros, but for a band of a matrix around its diagonal. */
function band(call: OpCall): Flow {
  const { graph } = call
  const flow = flowAt(call, 0)
  const { datatype } = flow.value
  const [below, above] = [integerAt(call, 1), integerAt(call, 2)]
  const part = (value: Value, upper: number, diagonal: number): Value =>
    graph.add({
      op: 'Trilu',
      inputs: [value, graph.integer(diagonal)],
      attributes: { upper: { int: upper } },
      shape: value.shape,
    })
  // ONNX Runtime knows it for few types only.
  const wide = cast(graph, flow.value, datatype === 'FP32' ? 'FP32' : 'INT64')
  const lower = below < 0 ? wide : part(wide, 1, -below)
  const both = above < 0 ? lower : part(lower, 0, above)
  return { ...flow, value: cast(graph, both, datatype) }
}

function range(call: OpCall): Flow {
  const bounds = [0, 1, 2].map((index) => flowAt(call, index))
  return emit(call, { op: 'Range', inputs: bounds, shape: [undefined] })
}

function topK(call: OpCall): readonly Item[] {
  const { graph } = call
  const flow = flowAt(call, 0)
  const count = integerAt(call, 1)
  const largest = flow.shape.at(-1)
  if (count < 1 || (typeof largest === 'number' && count > largest)) {
    throw wrong(call, `takes ${count} of ${staticShape(flow.shape).at(-1)}`)
  }
  withinSample(call, flow, [-1])
  const shape = flow.shape.with(-1, count)
  const [values, indices] = topOf(graph, flow.value, { count, axis: shape.length - 1 })
  return [
    { kind: 'flow', value: values, shape },
    { kind: 'flow', value: cast(graph, indices, 'INT32'), shape },
  ]
}

function gatherNd(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const indices = flowAt(call, 1)
  const depth = fixedSize(call, indices.shape.at(-1))
  if (depth < 1 || depth > flow.shape.length) throw wrong(call, `takes indices of ${depth} axes`)
  // Indices of each sample's own may name it; those that are the same for all would pick some.
  if (!countsSamples(indices.shape[0])) withinSample(call, flow, [...Array(depth).keys()])
  const value = cast(call.graph, indices.value, 'INT64')
  return emit(call, {
    op: 'GatherND',
    inputs: [flow, { ...indices, value }],
    shape: [...indices.shape.slice(0, -1), ...flow.shape.slice(depth)],
  })
}
