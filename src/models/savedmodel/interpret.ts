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
import { checkEffects, opKind } from './operations/table.ts'
import { positionOf, type Reference } from './reference.ts'
import { readTensorProto } from './tensor-proto.ts'

type Results = Map<string, readonly (Item | undefined)[]>

/** The values that `references` have in `scope`: only what they need is evaluated. */
export function evaluate(
  conversion: Conversion,
  scope: Scope,
  references: readonly Reference[],
): readonly Item[] {
  const results: Results = new Map()
  const started = new Set<string>()
  const stack = references.map(({ name }) => name)
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    const node = scope.nodes.get(name)
    if (scope.given.has(name) || results.has(name)) {
      stack.pop()
      continue
    }
    if (!node) throw refuse(`graph has no node ${quote(name)}`)
    const missing = node.inputs
      .map((input) => input.name)
      .filter((input) => !scope.given.has(input) && !results.has(input))
    if (missing.length > 0) {
      if (started.has(name)) throw refuse(`graph has a cycle at node ${quote(name)}`)
      started.add(name)
      stack.push(...missing)
      continue
    }
    const inputs = node.inputs.map((input) => find(scope, results, input))
    const used = usedOf(scope, node, references)
    results.set(name, run(conversion, { node, inputs, scope, used }))
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
  if (!conversion.pure.has(name)) checkEffects([...called.nodes.values()])
  conversion.pure.add(name)
  const given = givenOf(called, inputs)
  const scope: Scope = { ...called, given, calls: [...calls, name] }
  const indices = called.results.keys().filter((index) => !wanted || wanted.has(index))
  const list = [...indices]
  const items = evaluate(
    conversion,
    scope,
    list.flatMap((index) => called.results[index] ?? []),
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

function find(scope: Scope, results: Results, reference: Reference): Item {
  const { name } = reference
  const given = scope.given.get(name)
  if (given) return given
  const op = scope.nodes.get(name)?.op ?? ''
  const item = results.get(name)?.[positionOf(op, reference)]
  if (item) return item
  const { output = '', index } = reference
  throw refuse(`node ${quote(name)} (${op}) has no result ${quote(`${output}:${index}`)} here`)
}

/** Which results of `node` are used by others in `scope`, or asked for. */
function usedOf(
  { used }: Scope,
  { op, name }: GraphNodeDef,
  references: readonly Reference[],
): ReadonlySet<number> {
  const asked = references.filter((reference) => reference.name === name)
  const known = used.get(name) ?? new Set()
  if (asked.length === 0) return known
  return new Set([...known, ...asked.map((reference) => positionOf(op, reference))])
}
