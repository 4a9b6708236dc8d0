import type { Tensor } from '../../core/tensor.ts'
import { CALL_DEPTH_MAX, NODES_MAX, REPEATED_ELEMENTS_MAX } from '../limits.ts'
import { quote, refuse } from '../refuse.ts'
import { runControl } from './control.ts'
import type { Conversion, FunctionCall, NodeRun, Scope } from './conversion.ts'
import { fold } from './fold.ts'
import type { Item } from './item.ts'
import type { FunctionGraph } from './meta-graph.ts'
import type { GraphNodeDef } from './node.ts'
import type { OpCall } from './op-call.ts'
import { checkEffects, opKind } from './operators/table.ts'
import { readTensorProto } from './tensor-proto.ts'

/** A reference to a result of a node: `name:index` or `name:output:index`. */
interface Reference {
  readonly name: string
  readonly output: string | undefined
  readonly index: number
}

type Results = Map<string, readonly (Item | undefined)[]>

/** The values that `references` have in `scope`: only what they need is evaluated. */
export function evaluate(
  conversion: Conversion,
  scope: Scope,
  references: readonly string[],
): readonly Item[] {
  const results: Results = new Map()
  const started = new Set<string>()
  const used = usedOutputs(scope, references)
  const stack = references.map((reference) => parse(reference).name)
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    const node = scope.nodes.get(name)
    if (scope.given.has(name) || results.has(name)) {
      stack.pop()
      continue
    }
    if (!node) throw refuse(`graph has no node ${quote(name)}`)
    const inputs = node.inputs.filter((input) => !input.startsWith('^'))
    const missing = inputs
      .map((input) => parse(input).name)
      .filter((input) => !scope.given.has(input) && !results.has(input))
    if (missing.length > 0) {
      if (started.has(name)) throw refuse(`graph has a cycle at node ${quote(name)}`)
      started.add(name)
      stack.push(...missing)
      continue
    }
    const items = inputs.map((input) => find(scope, results, input))
    results.set(name, run(conversion, { node, inputs: items, scope, used: used.get(name) }))
    stack.pop()
  }
  return references.map((reference) => find(scope, results, reference))
}

/** The results of calling function `name`; only those at `wanted` (all if absent) are evaluated. */
export function callFunction(
  conversion: Conversion,
  calls: readonly string[],
  { name, inputs, wanted }: FunctionCall,
): readonly (Item | undefined)[] {
  const called = conversion.meta.function(name)
  if (calls.includes(name)) throw refuse(`function ${quote(name)} calls itself`)
  if (calls.length >= CALL_DEPTH_MAX) {
    throw refuse(`functions call each other more than ${CALL_DEPTH_MAX} deep`)
  }
  checkEffects(called.nodes.values())
  const given = givenOf(called, inputs)
  const scope: Scope = { nodes: called.nodes, given, calls: [...calls, name] }
  const indices = called.results.keys().filter((index) => !wanted || wanted.has(index))
  const list = [...indices]
  const items = evaluate(
    conversion,
    scope,
    list.map((index) => called.results[index] ?? ''),
  )
  const results: (Item | undefined)[] = called.results.map(() => undefined)
  for (const [at, index] of list.entries()) results[index] = items[at]
  return results
}

function givenOf(called: FunctionGraph, inputs: readonly Item[]): ReadonlyMap<string, Item> {
  if (inputs.length !== called.parameters.length) {
    throw refuse(
      `function ${quote(called.name)} is called on ${inputs.length} tensors (expected ${called.parameters.length})`,
    )
  }
  return new Map(
    called.parameters.flatMap((parameter, index) => {
      const item = inputs[index]
      return item ? [[parameter, item] as const] : []
    }),
  )
}

function run(conversion: Conversion, nodeRun: NodeRun): readonly (Item | undefined)[] {
  const { node, inputs } = nodeRun
  conversion.used.nodes++
  if (conversion.used.nodes > NODES_MAX) throw refuse(`graph needs more than ${NODES_MAX} nodes`)
  if (node.op === 'Const') return [{ kind: 'constant', tensor: readConstant(conversion, node) }]
  if (node.op === 'VarHandleOp') return [{ kind: 'variable', handle: node }]
  if (node.op === 'ReadVariableOp') return [readVariable(conversion, inputs[0])]
  if (node.op === 'ResourceGather') {
    const [handle, ...rest] = inputs
    const call = {
      graph: conversion.graph,
      node,
      inputs: [readVariable(conversion, handle), ...rest],
    }
    return listOf(opKind(node)(call))
  }
  const controlled = runControl(conversion, nodeRun)
  if (controlled) return controlled
  const call: OpCall = { graph: conversion.graph, node, inputs }
  const folded = fold(call)
  return folded ?? listOf(opKind(node)(call))
}

function listOf(result: Item | readonly Item[]): readonly Item[] {
  return 'kind' in result ? [result] : result
}

function readVariable(conversion: Conversion, handle: Item | undefined): Item {
  if (handle?.kind !== 'variable') throw refuse('something is read as a variable that is none')
  return { kind: 'constant', tensor: conversion.variables.read(handle.handle) }
}

function readConstant(conversion: Conversion, node: GraphNodeDef): Tensor {
  const known = conversion.constants.get(node)
  if (known) return known
  const message = node.attributes.tensor('value')
  const tensor = readTensorProto(message, `constant ${quote(node.name)}`)
  if ((message.bytes(4)?.length ?? 0) === 0) conversion.used.constantElements += tensor.data.length
  if (conversion.used.constantElements > REPEATED_ELEMENTS_MAX) {
    throw refuse(`constants repeat more than ${REPEATED_ELEMENTS_MAX} elements`)
  }
  conversion.constants.set(node, tensor)
  return tensor
}

function find(scope: Scope, results: Results, text: string): Item {
  const { name, output, index } = parse(text)
  const given = scope.given.get(name)
  if (given) return given
  const op = scope.nodes.get(name)?.op ?? ''
  const item = results.get(name)?.[positionOf(op, output, index)]
  if (!item) throw refuse(`node ${quote(name)} (${op}) has no result ${quote(text)}`)
  return item
}

/** Operations whose results have names of their own, in order; all others have one list of results. */
const NAMED_OUTPUTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['FusedBatchNorm', ['y']],
  ['FusedBatchNormV2', ['y']],
  ['FusedBatchNormV3', ['y']],
])

function positionOf(op: string, output: string | undefined, index: number): number {
  const names = NAMED_OUTPUTS.get(op)
  return names && output !== undefined ? names.indexOf(output) : index
}

function parse(text: string): Reference {
  const [name = '', ...rest] = text.split(':')
  const index = rest.length === 0 ? 0 : Number(rest.at(-1))
  if (rest.length > 2 || !Number.isSafeInteger(index))
    throw refuse(`graph refers to ${quote(text)}`)
  return { name, output: rest.length === 2 ? rest[0] : undefined, index }
}

/** Which results of each node anything in `scope` refers to. */
function usedOutputs(
  scope: Scope,
  references: readonly string[],
): ReadonlyMap<string, ReadonlySet<number>> {
  const used = new Map<string, Set<number>>()
  const use = (text: string) => {
    if (text.startsWith('^')) return
    const { name, output, index } = parse(text)
    const position = positionOf(scope.nodes.get(name)?.op ?? '', output, index)
    const known = used.get(name)
    if (known) known.add(position)
    else used.set(name, new Set([position]))
  }
  for (const reference of references) use(reference)
  for (const node of scope.nodes.values()) for (const input of node.inputs) use(input)
  return used
}
