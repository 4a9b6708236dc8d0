import type { Tensor } from '../../core/tensor.ts'
import type { ModelFolder } from '../model-folder.ts'
import { textOf } from '../protobuf.ts'
import { quote, refuse } from '../refuse.ts'
import { openBundle } from './checkpoint/bundle.ts'
import type { MetaGraph } from './meta-graph.ts'
import type { GraphNodeDef } from './node.ts'
import type { Reference } from './reference.ts'

/** The variables of a model, read from its checkpoint when they are asked for. */
export interface Variables {
  /** The value of the variable that a VarHandleOp stands for; ERR_MODEL where it has none. */
  read(handle: GraphNodeDef): Tensor
  /** Numbers in what was read. */
  parameters(): number
}

/**
 * The variables of a SavedModel. Which key of the checkpoint belongs to which variable is what the
 * graph's own restore function says: a RestoreV2, whose results are assigned.
 */
export function openVariables(folder: ModelFolder, meta: MetaGraph): Variables {
  const values = new Map<string, Tensor>()
  const open = once(() => ({ bundle: openBundle(folder), keys: readKeys(meta) }))
  return {
    read: (handle) => {
      const identity = identityOf(handle)
      const known = values.get(identity)
      if (known) return known
      const { bundle, keys } = open()
      const key = keys.get(identity)
      if (key === undefined) throw refuse(`variable ${quote(handle.name)} is not in the checkpoint`)
      const value = bundle.read(key)
      values.set(identity, value)
      return value
    },
    parameters: () => [...values.values()].reduce((sum, { data }) => sum + data.length, 0),
  }
}

/** Handles that share a name stand for one variable. */
function identityOf(handle: GraphNodeDef): string {
  return handle.attributes.text('shared_name', '') || handle.name
}

function once<T>(make: () => T): () => T {
  const made: T[] = []
  return () => {
    const [known = make()] = made
    made[0] = known
    return known
  }
}

/** A scope in which nodes find each other: the main graph, or the restore function as it is called. */
interface Scope {
  readonly nodes: ReadonlyMap<string, GraphNodeDef>
  /** The variables that a function is called on, by its parameters. */
  readonly handles: ReadonlyMap<string, GraphNodeDef>
  /** The texts of constants, once read. */
  readonly texts: Map<GraphNodeDef, readonly string[]>
}

/** The checkpoint's key of each variable. */
function readKeys(meta: MetaGraph): ReadonlyMap<string, string> {
  const main: Scope = { nodes: meta.nodes, handles: new Map(), texts: new Map() }
  const keys = new Map<string, string>()
  for (const scope of [main, restoreScope(meta)]) {
    for (const node of scope.nodes.values()) {
      if (node.op !== 'AssignVariableOp') continue
      const key = restoredKey(scope, node.inputs[1])
      const handle = handleOf(scope, node.inputs[0])
      if (key !== undefined && handle) keys.set(identityOf(handle), key)
    }
  }
  addCopied(main, keys)
  return keys
}

/** Where what is restored is only a copy, as Keras 3 makes one to save: the key of what it copies. */
function addCopied(main: Scope, keys: Map<string, string>): void {
  for (const node of main.nodes.values()) {
    if (node.op !== 'AssignVariableOp') continue
    const copy = handleOf(main, node.inputs[0])
    const read = main.nodes.get(node.inputs[1]?.name ?? '')
    if (!copy || read?.op !== 'ReadVariableOp') continue
    const copied = handleOf(main, read.inputs[0])
    const key = keys.get(identityOf(copy))
    if (copied && key !== undefined && !keys.has(identityOf(copied))) {
      keys.set(identityOf(copied), key)
    }
  }
}

function restoreScope(meta: MetaGraph): Scope {
  const call = meta.nodes.get(meta.restoreNode)
  if (call?.op !== 'StatefulPartitionedCall' && call?.op !== 'PartitionedCall') {
    return { nodes: new Map(), handles: new Map(), texts: new Map() }
  }
  const restore = meta.function(call.attributes.functionName('f'))
  const handles = new Map<string, GraphNodeDef>()
  for (const [index, parameter] of restore.parameters.entries()) {
    const node = meta.nodes.get(call.inputs[index]?.name ?? '')
    if (node?.op === 'VarHandleOp') handles.set(parameter, node)
  }
  return { nodes: restore.nodes, handles, texts: new Map() }
}

function handleOf({ nodes, handles }: Scope, input: Reference | undefined) {
  const name = input?.name ?? ''
  const node = nodes.get(name)
  return handles.get(name) ?? (node?.op === 'VarHandleOp' ? node : undefined)
}

/** How many Identity nodes may lie between what is restored and what is assigned. */
const IDENTITIES_MAX = 8

/** The key that `input` was restored from; undefined where it was not. */
function restoredKey(scope: Scope, input: Reference | undefined): string | undefined {
  let at = input
  for (let step = 0; step < IDENTITIES_MAX; step++) {
    const node = scope.nodes.get(at?.name ?? '')
    if (node?.op === 'Identity') {
      at = node.inputs[0]
      continue
    }
    if (node?.op !== 'RestoreV2') return undefined
    const index = at?.index ?? 0
    const keys = textsOf(scope, node.inputs[1])
    const slices = textsOf(scope, node.inputs[2])
    const key = keys[index]
    if (slices[index]) throw refuse(`variable ${quote(key ?? '')} is restored in slices`)
    return key
  }
  return undefined
}

function textsOf({ nodes, texts }: Scope, input: Reference | undefined): readonly string[] {
  const node = nodes.get(input?.name ?? '')
  if (node?.op !== 'Const') throw refuse('the names of restored variables are no constant')
  const known = texts.get(node)
  if (known) return known
  const read = node.attributes.tensor('value').all(8)
  const found = read.map(({ bytes }) => textOf(bytes))
  texts.set(node, found)
  return found
}
