import { NODES_MAX } from '../limits.ts'
import { type Message, readMessage } from '../protobuf.ts'
import { quote, refuse } from '../refuse.ts'
import { type GraphNodeDef, readNode } from './node.ts'
import { type Reference, readReference, usedOutputs } from './reference.ts'

/** Nodes that refer to each other. */
export interface NodeGraph {
  readonly nodes: ReadonlyMap<string, GraphNodeDef>
  /** Which results of each node others refer to. */
  readonly used: ReadonlyMap<string, ReadonlySet<number>>
}

/** A function of the library: a graph with parameters and results. */
export interface FunctionGraph extends NodeGraph {
  readonly name: string
  /** Names of the parameters, in order. */
  readonly parameters: readonly string[]
  /** Where each result comes from, in order. */
  readonly results: readonly Reference[]
}

/** A tensor that a signature takes or gives (TensorInfo). */
export interface SignatureTensor {
  /** As the user calls it. */
  readonly key: string
  /** As the graph calls it: `serving_default_x:0`. */
  readonly name: string
  readonly dataType: number
  /** -1 for a size that is not fixed; absent where the number of axes is not known. */
  readonly shape?: readonly number[]
}

/** What can be asked of a SavedModel. */
export interface Signature {
  readonly inputs: readonly SignatureTensor[]
  readonly outputs: readonly SignatureTensor[]
}

/** The graph for serving, its functions and its signatures. */
export interface MetaGraph extends NodeGraph {
  readonly signatures: ReadonlyMap<string, Signature>
  /** The node that restores the variables; empty where there are none. */
  readonly restoreNode: string
  /** ERR_MODEL where there is no such function. */
  function(name: string): FunctionGraph
}

/** The graph tagged `serve` in a `saved_model.pb` (saved_model.proto). */
export function readMetaGraph(bytes: Uint8Array): MetaGraph {
  const graphs = readMessage(bytes).messages(2)
  const tagged = graphs.find((graph) =>
    graph
      .message(1)
      .all(4)
      .some((tag) => Buffer.from(tag.bytes).toString('utf8') === 'serve'),
  )
  if (!tagged) throw refuse(`saved_model.pb has no graph tagged "serve"`)
  const graph = tagged.message(2)
  const functions = readLibrary(graph.message(2))
  return {
    ...readNodes(graph, 1),
    signatures: new Map(
      [...tagged.entries(5)].map(([key, signature]) => [key, readSignature(signature)]),
    ),
    restoreNode: tagged.message(3).text(3),
    function: functions,
  }
}

/** The nodes of a graph or function, by name. */
function readNodes(message: Message, field: number): NodeGraph {
  const nodes = new Map<string, GraphNodeDef>()
  for (const each of message.messages(field)) {
    const node = readNode(each)
    if (nodes.has(node.name)) throw refuse(`graph has node ${quote(node.name)} twice`)
    if (nodes.size >= NODES_MAX) throw refuse(`graph has more than ${NODES_MAX} nodes`)
    nodes.set(node.name, node)
  }
  return { nodes, used: usedOutputs(nodes) }
}

/** Functions are read when they are called: most of a library is for training. */
function readLibrary(library: Message): (name: string) => FunctionGraph {
  const messages = new Map<string, Message>()
  for (const each of library.messages(1)) messages.set(each.message(1).text(1), each)
  const read = new Map<string, FunctionGraph>()
  return (name) => {
    const known = read.get(name)
    if (known) return known
    const message = messages.get(name)
    if (!message) throw refuse(`graph has no function ${quote(name)}`)
    const found = readFunction(name, message)
    read.set(name, found)
    return found
  }
}

/** A FunctionDef (function.proto). */
function readFunction(name: string, message: Message): FunctionGraph {
  const signature = message.message(1)
  const named = (field: number) =>
    signature.messages(field).map((argument) => {
      // An argument that stands for several tensors would shift all that follow.
      if (argument.text(5) !== '' || argument.text(6) !== '') {
        throw refuse(`function ${quote(name)} takes or gives lists, which is not supported`)
      }
      return argument.text(1)
    })
  const returned = new Map(message.messages(4).map((entry) => [entry.text(1), entry.text(2)]))
  return {
    name,
    parameters: named(2),
    results: named(3).map((result) => readReference(returned.get(result) ?? '')),
    ...readNodes(message, 3),
  }
}

function readSignature(message: Message): Signature {
  return { inputs: readTensors(message, 1), outputs: readTensors(message, 2) }
}

/** TensorInfos, in the order of their keys: in the file they have none. */
function readTensors(message: Message, field: number): readonly SignatureTensor[] {
  const tensors = [...message.entries(field)].map(([key, tensor]): SignatureTensor => {
    const shape = tensor.message(3)
    return {
      key,
      name: tensor.text(1),
      dataType: tensor.integer(2),
      ...(shape.integer(3) === 0 && { shape: shape.messages(2).map((size) => size.integer(1)) }),
    }
  })
  return tensors.toSorted((a, b) => compareKeys(a.key, b.key))
}

/** `output_2` before `output_10`; else by code points. */
function compareKeys(left: string, right: string): number {
  const [a, b] = [left, right].map((key) => /^(.*?)(\d*)$/s.exec(key))
  if (a?.[1] === b?.[1]) return Number(a?.[2]) - Number(b?.[2]) || (left < right ? -1 : 1)
  return left < right ? -1 : 1
}
