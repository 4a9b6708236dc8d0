import { LOOP_STEPS_MAX } from '../../limits.ts'
import { type Flow, flowOf, type Item, type List } from '../item.ts'
import {
  emit,
  fixedSize,
  flowAt,
  integerAt,
  itemAt,
  type OpCall,
  type OpKind,
  wrong,
} from '../op-call.ts'
import { stackFlows } from './joining.ts'

/** Lists of tensors: the steps of recurrent layers. */
export const LISTS: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['TensorListReserve', reserve],
  ['TensorListFromTensor', fromTensor],
  ['TensorListGetItem', getItem],
  ['TensorListSetItem', setItem],
  ['TensorListStack', stack],
  ['TensorListLength', length],
])

function listAt(call: OpCall): List {
  const item = itemAt(call, 0)
  if (item.kind !== 'list') throw wrong(call, 'takes no list')
  return item
}

function checkLength(call: OpCall, count: number): number {
  if (count >= 0 && count <= LOOP_STEPS_MAX) return count
  throw wrong(call, `makes a list of ${count} (at most ${LOOP_STEPS_MAX})`)
}

function reserve(call: OpCall): List {
  const count = checkLength(call, integerAt(call, 1))
  return { kind: 'list', items: Array(count).fill(undefined) }
}

function fromTensor(call: OpCall): List {
  const flow = flowAt(call, 0)
  const count = checkLength(call, fixedSize(call, flow.shape[0]))
  return { kind: 'list', items: Array.from({ length: count }, (_, at) => rowOf(call, flow, at)) }
}

function rowOf(call: OpCall, flow: Flow, at: number): Flow {
  const index = call.graph.integers([at])
  const row = emit(call, {
    op: 'Gather',
    inputs: [flow, index],
    attributes: { axis: { int: 0 } },
    shape: [1, ...flow.shape.slice(1)],
  })
  const zero = call.graph.integers([0])
  return emit(call, { op: 'Squeeze', inputs: [row, zero], shape: flow.shape.slice(1) })
}

function indexAt(call: OpCall, { items }: List): number {
  const index = integerAt(call, 1)
  if (index < 0 || index >= items.length)
    throw wrong(call, `names item ${index} of ${items.length}`)
  return index
}

function getItem(call: OpCall): Item {
  const list = listAt(call)
  const item = list.items[indexAt(call, list)]
  if (!item) throw wrong(call, 'takes an item that was not set')
  return item
}

function setItem(call: OpCall): List {
  const list = listAt(call)
  return { kind: 'list', items: list.items.with(indexAt(call, list), itemAt(call, 2)) }
}

function stack(call: OpCall): Flow {
  const flows = listAt(call).items.map((item) => {
    if (!item) throw wrong(call, 'joins items that were not set')
    return flowOf(call.graph, item)
  })
  return stackFlows(call, flows, 0)
}

function length(call: OpCall): Item {
  const { items } = listAt(call)
  return { kind: 'sizes', datatype: 'INT32', shape: [], elements: [items.length] }
}
