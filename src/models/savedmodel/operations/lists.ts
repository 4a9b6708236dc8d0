import { type Flow, flowOf, type Item, type List, type Rows } from '../item.ts'
import {
  emit,
  flowAt,
  integerAt,
  itemAt,
  type OpCall,
  type OpKind,
  sizesAt,
  wrong,
} from '../op-call.ts'
import type { Size } from '../size.ts'
import { stackFlows } from './joining.ts'

/** Lists of tensors: the steps of recurrent layers. */
export const LISTS: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['TensorListReserve', reserve],
  ['TensorListFromTensor', (call) => ({ kind: 'rows', tensor: flowAt(call, 0) })],
  ['TensorListGetItem', getItem],
  ['TensorListSetItem', setItem],
  ['TensorListStack', stack],
  ['TensorListLength', length],
])

/** Items that a list may have, where each is held by itself; beyond, a list is the rows of a tensor. */
const ITEMS_MAX = 1_000

function reserve(call: OpCall): Item {
  const count = sizeAt(call, 1)
  return typeof count === 'number' && count >= 0 && count <= ITEMS_MAX
    ? { kind: 'list', items: Array(count).fill(undefined) }
    : { kind: 'reserved', count }
}

function sizeAt(call: OpCall, index: number): Size {
  const [size, ...more] = sizesAt(call, index)
  if (size === undefined || more.length > 0) throw wrong(call, 'takes one number, not several')
  return size
}

function getItem(call: OpCall): Item {
  const list = itemAt(call, 0)
  if (list.kind === 'rows') return row(call, list)
  const item = list.kind === 'list' ? list.items[indexAt(call, list)] : undefined
  if (!item) throw wrong(call, 'takes an item that was not set')
  return item
}

function row(call: OpCall, { tensor }: Rows): Flow {
  const index = flowAt(call, 1)
  if (index.shape.length !== 0) throw wrong(call, 'takes several items at once')
  return emit(call, {
    op: 'Gather',
    inputs: [tensor, index],
    attributes: { axis: { int: 0 } },
    shape: tensor.shape.slice(1),
  })
}

function indexAt(call: OpCall, { items }: List): number {
  const index = integerAt(call, 1)
  if (index < 0 || index >= items.length)
    throw wrong(call, `names item ${index} of ${items.length}`)
  return index
}

function setItem(call: OpCall): Item {
  const list = itemAt(call, 0)
  if (list.kind === 'list') {
    return { kind: 'list', items: list.items.with(indexAt(call, list), itemAt(call, 2)) }
  }
  if (list.kind !== 'reserved') throw wrong(call, 'sets an item of a list that is filled')
  return { kind: 'written', count: list.count, at: sizeAt(call, 1), item: flowAt(call, 2) }
}

function stack(call: OpCall): Flow {
  const list = itemAt(call, 0)
  if (list.kind === 'rows') return list.tensor
  const items = list.kind === 'list' ? list.items : [undefined]
  const flows = items.map((item) => {
    if (!item) throw wrong(call, 'joins items that were not set')
    return flowOf(call.graph, item)
  })
  return stackFlows(call, flows, 0)
}

function length(call: OpCall): Item {
  const list = itemAt(call, 0)
  const size =
    list.kind === 'list'
      ? list.items.length
      : list.kind === 'rows'
        ? list.tensor.shape[0]
        : undefined
  if (size === undefined) throw wrong(call, 'takes no list')
  return { kind: 'sizes', datatype: 'INT32', shape: [], elements: [size] }
}
