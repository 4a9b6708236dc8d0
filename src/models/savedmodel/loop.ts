import type { Value, Yield } from '../onnx/graph.ts'
import type { Conversion, NodeRun } from './conversion.ts'
import {
  constantOf,
  elementsOf,
  type Flow,
  flowOf,
  type Item,
  sizeList,
  staticShape,
  type Written,
} from './item.ts'
import type { FunctionGraph } from './meta-graph.ts'
import { wrong } from './op-call.ts'
import { type Size, sameSize } from './size.ts'

/** What a value is in a loop. */
type Role =
  /** The same in each step: the body takes it from the graph around it. */
  | { readonly kind: 'fixed'; readonly item: Item }
  /** Counts the steps, from a known number on. */
  | { readonly kind: 'counter'; readonly from: number; readonly item: Item }
  /** A tensor that one step hands to the next. */
  | { readonly kind: 'carried'; readonly initial: Flow; readonly inner: Flow }
  /** A list that the steps fill. */
  | { readonly kind: 'filled'; readonly count: Size }

/** One pass over the body of a loop, in a graph of its own. */
interface Body {
  readonly inside: Conversion
  readonly step: Value
  readonly roles: readonly Role[]
  readonly results: readonly (Item | undefined)[]
}

/**
 * A loop of any number of steps as ONNX's Loop. What counts the steps is not known afterwards; what is
 * set in each step at its own count becomes the rows of a tensor.
 */
export function emitLoop(conversion: Conversion, nodeRun: NodeRun): readonly (Item | undefined)[] {
  const first = runBody(conversion, nodeRun, new Set())
  const wrongly = first.roles.keys().filter((at) => isNoCounter(first, at))
  const noCounters = new Set(wrongly)
  const body = noCounters.size > 0 ? runBody(conversion, nodeRun, noCounters) : first
  if (body.roles.some((_, at) => isNoCounter(body, at))) {
    throw wrong(nodeRun, 'counts its steps in a way that is not supported')
  }
  return connect(conversion, nodeRun, body)
}

function runBody(
  conversion: Conversion,
  { node, inputs, scope }: NodeRun,
  noCounters: ReadonlySet<number>,
): Body {
  const name = node.attributes.functionName('body')
  const graph = conversion.graph.body()
  const step = graph.input({ datatype: 'INT64', shape: [] })
  graph.input({ datatype: 'BOOL', shape: [] })
  const inside: Conversion = { ...conversion, graph }
  const called = conversion.meta.function(name)
  const roles = inputs.map((item, at): Role => {
    if (isFixed(called, at)) return { kind: 'fixed', item }
    if (item.kind === 'reserved') return { kind: 'filled', count: item.count }
    if (item.kind === 'list' && item.items.every((each) => !each)) {
      return { kind: 'filled', count: item.items.length }
    }
    const from = noCounters.has(at) ? undefined : startOf(item)
    if (from !== undefined) return { kind: 'counter', from, item }
    const initial = flowOf(conversion.graph, item)
    const { datatype } = initial.value
    const value = graph.input({ datatype, shape: staticShape(initial.shape) })
    return { kind: 'carried', initial, inner: { kind: 'flow', value, shape: initial.shape } }
  })
  const given = roles.map((role) => insideOf(role, step))
  const results = inside.call(inside, scope.calls, { name, inputs: given })
  return { inside, step, roles, results }
}

/** Whether result `at` of a loop's body is its parameter `at`, unchanged. */
function isFixed({ nodes, parameters, results }: FunctionGraph, at: number): boolean {
  let name = results[at]?.name
  for (let node = nodes.get(name ?? ''); node?.op === 'Identity'; node = nodes.get(name ?? '')) {
    name = node.inputs[0]?.name
    if (name === node.name) return false
  }
  return name === parameters[at]
}

/** A single known integer, which may be one that counts. */
function startOf(item: Item): number | undefined {
  const [element, ...more] = elementsOf(item) ?? []
  const isSingle = more.length === 0 && (item.kind === 'sizes' || item.kind === 'constant')
  if (!isSingle || typeof element !== 'number') return undefined
  const datatype = item.kind === 'sizes' ? item.datatype : item.tensor.datatype
  return datatype === 'INT32' || datatype === 'INT64' ? element : undefined
}

/** What the body takes a value of that role as. */
function insideOf(role: Role, step: Value): Item {
  if (role.kind === 'carried') return role.inner
  if (role.kind === 'filled') return { kind: 'reserved', count: role.count }
  if (role.kind === 'fixed') return role.item
  const { item, from } = role
  const datatype = item.kind === 'constant' ? item.tensor.datatype : 'INT32'
  return { kind: 'sizes', datatype, shape: [], elements: [{ step, offset: from }] }
}

/** Whether what is taken to count the steps does not. */
function isNoCounter({ roles, results, step }: Body, at: number): boolean {
  const role = roles[at]
  if (role?.kind !== 'counter') return false
  const [next] = elementsOf(results[at]) ?? []
  return next === undefined || !sameSize(next, { step, offset: role.from + 1 })
}

/** Adds the loop around a body; gives what each value is after it. */
function connect(
  conversion: Conversion,
  nodeRun: NodeRun,
  body: Body,
): readonly (Item | undefined)[] {
  const { inside, roles, results } = body
  const order = wiresOf(conversion, nodeRun, body)
  inside.graph.output(goesOn(inside, nodeRun, results).value)
  for (const { inner } of order) inside.graph.output(inner.value)
  const start = goesOn(conversion, nodeRun, nodeRun.inputs)
  const yields = order.map(({ inner, rows }): Yield => {
    const shape = rows === undefined ? inner.shape : [rows, ...inner.shape]
    return { shape: staticShape(shape), datatype: inner.value.datatype }
  })
  const initials = order.flatMap(({ initial }) => initial ?? [])
  const values = conversion.graph.addEach(
    {
      op: 'Loop',
      inputs: [undefined, start.value, ...initials],
      attributes: { body: { graph: inside.graph } },
    },
    yields,
  )
  const after: (Item | undefined)[] = roles.map((role) =>
    role.kind === 'fixed' ? role.item : undefined,
  )
  for (const [index, wire] of order.entries()) {
    const value = values[index]
    if (value) after[wire.at] = wire.after(afterFlow(value, wire))
  }
  return after
}

/** What the body gives; ONNX wants what is handed on before what is gathered. */
function wiresOf(conversion: Conversion, nodeRun: NodeRun, body: Body): readonly Wire[] {
  const { inside, roles, results } = body
  const carried: Wire[] = []
  const filled: Wire[] = []
  for (const [at, role] of roles.entries()) {
    const item = results[at]
    if (role.kind === 'carried') {
      const flow = item && flowOf(inside.graph, item)
      if (!flow || !isAlike(flow, role.inner)) throw wrong(nodeRun, 'changes a shape in its loop')
      carried.push({ at, initial: role.initial.value, inner: flow, after: (result) => result })
    } else if (role.kind === 'filled') {
      if (item?.kind !== 'written') throw wrong(nodeRun, 'has a list that its loop does not fill')
      filled.push(wireOf(conversion, nodeRun, { at, written: item, body }))
    }
  }
  const gathered = filled.filter(({ initial }) => !initial)
  return [...carried, ...filled.filter(({ initial }) => initial), ...gathered]
}

/** How a value leaves the body. */
interface Wire {
  readonly at: number
  /** What the first step is given; absent for what is gathered, one row a step. */
  readonly initial?: Value
  readonly inner: Flow
  readonly rows?: Size
  after(result: Flow): Item
}

/** A list that is filled: each step its own row, or all steps the only one. */
function wireOf(
  conversion: Conversion,
  nodeRun: NodeRun,
  { at, written, body }: { readonly at: number; readonly written: Written; readonly body: Body },
): Wire {
  const { item, count, at: index } = written
  if (sameSize(index, { step: body.step, offset: 0 })) {
    return { at, inner: item, rows: count, after: (rows) => checkedRows(conversion, rows) }
  }
  if (index !== 0 || count !== 1) throw wrong(nodeRun, 'fills its list in another order')
  const initial = zerosLike(conversion, item)
  if (!initial) throw wrong(nodeRun, 'fills its list with tensors of an open size')
  const { datatype, shape } = initial.value
  body.inside.graph.input({ datatype, shape })
  const after = (tensor: Flow): Item => ({ kind: 'list', items: [tensor] })
  return { at, initial: initial.value, inner: item, after }
}

/** Fails when the model runs where the loop has set another number of items than the list has. */
function checkedRows({ graph }: Conversion, { value, shape }: Flow): Item {
  const [count = 0, ...rest] = shape
  const target = sizeList(graph, [count, ...rest.map(() => 0)])
  const checked = graph.add({ op: 'Reshape', inputs: [value, target], shape: value.shape })
  return { kind: 'rows', tensor: { kind: 'flow', value: checked, shape } }
}

/** Zeros for a value of the body; undefined where its size is only known in there. */
function zerosLike(conversion: Conversion, { shape, value }: Flow): Flow | undefined {
  if (shape.some((size) => typeof size !== 'number' && !('batches' in size))) return undefined
  const { graph } = conversion
  const zero = flowOf(graph, constantOf(value.datatype, [], [0]))
  const inputs = [zero.value, sizeList(graph, shape)]
  const zeros = graph.add({ op: 'Expand', inputs, shape: staticShape(shape) })
  return { kind: 'flow', value: zeros, shape }
}

/** Whether the loop goes on after these values; what is known beforehand would never end it. */
function goesOn(
  conversion: Conversion,
  nodeRun: NodeRun,
  items: readonly (Item | undefined)[],
): Flow {
  const name = nodeRun.node.attributes.functionName('cond')
  const inputs = items.flatMap((item) => item ?? [])
  const [item] = conversion.call(conversion, nodeRun.scope.calls, { name, inputs })
  const isInside = items !== nodeRun.inputs
  if (!item || (isInside && item.kind !== 'flow')) throw wrong(nodeRun, 'loops without end')
  return flowOf(conversion.graph, item)
}

/** Whether a tensor has the datatype and sizes of another. */
function isAlike(flow: Flow, like: Flow): boolean {
  return (
    flow.value.datatype === like.value.datatype &&
    flow.shape.length === like.shape.length &&
    flow.shape.every((size, axis) => sameSize(size, like.shape[axis] ?? -1))
  )
}

function afterFlow(value: Value, { inner, rows }: Wire): Flow {
  const shape = rows === undefined ? inner.shape : [rows, ...inner.shape]
  return { kind: 'flow', value, shape }
}
