import { type Tensor, tensorToBytes } from '../../core/tensor.ts'
import { MessageWriter } from '../protobuf.ts'
import { ELEMENT_TYPE } from './element-type.ts'
import { type Attribute, type Graph, type GraphNode, readsOf, type Value } from './graph.ts'

/** The operator set that converted models use: the first with both Gelu and Mish. */
const OPSET = 20
/** The version of the file format that goes with it. */
const IR_VERSION = 9

/** The parts of a graph that a file holds. */
export interface WrittenGraph extends Pick<Graph, 'nodes' | 'constants'> {
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
}

/** `graph` as the bytes of an ONNX model (onnx.proto, ModelProto), without what no output needs. */
export function writeOnnx(graph: WrittenGraph): Uint8Array {
  return writeModel(graph, undefined)
}

/** A graph for ONNX Runtime, with its large weights where they are. */
export interface OnnxParts {
  /** A whole model, but for `weights`. */
  readonly onnx: Uint8Array
  readonly weights: readonly OnnxWeight[]
}

/** A tensor that is no part of a model's bytes. */
export interface OnnxWeight {
  /** By which the model names it. */
  readonly path: string
  readonly data: Uint8Array
}

/** Smaller tensors are copied: to name one beside the model takes about as much. */
const WEIGHT_BYTES_MIN = 4096

/** `graph` as `writeOnnx` writes it, but with large tensors beside it: views of them, not copies. */
export function writeOnnxParts(graph: WrittenGraph): OnnxParts {
  const weights: OnnxWeight[] = []
  return { onnx: writeModel(graph, weights), weights }
}

/** Large tensors go to `weights`, where there are any. */
function writeModel(graph: WrittenGraph, weights: OnnxWeight[] | undefined): Uint8Array {
  return new MessageWriter()
    .integer(1, IR_VERSION)
    .text(2, 'fogline')
    .message(8, new MessageWriter().text(1, '').integer(2, OPSET))
    .message(7, writeGraph(graph, weights))
    .finish()
}

/** The nodes that the outputs of `graph` need, in order, and the names of all that these read. */
export function neededNodes(graph: Pick<WrittenGraph, 'nodes' | 'outputs'>): {
  readonly nodes: readonly GraphNode[]
  readonly needed: ReadonlySet<string>
} {
  const needed = new Set(graph.outputs.map(({ name }) => name))
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false
    for (const read of readsOf(node)) needed.add(read)
    return true
  })
  return { nodes: nodes.toReversed(), needed }
}

function writeGraph(graph: WrittenGraph, weights: OnnxWeight[] | undefined): MessageWriter {
  const { nodes, needed } = neededNodes(graph)
  const message = new MessageWriter().text(2, 'fogline')
  for (const node of nodes) message.message(1, writeNode(node))
  for (const [name, tensor] of graph.constants) {
    if (needed.has(name)) message.message(5, writeTensor(name, tensor, weights))
  }
  for (const value of graph.inputs) message.message(11, writeValue(value))
  for (const value of graph.outputs) message.message(12, writeValue(value))
  return message
}

function writeNode({ op, inputs, outputs, attributes }: GraphNode): MessageWriter {
  const message = new MessageWriter()
  for (const input of inputs) message.text(1, input)
  for (const output of outputs) message.text(2, output)
  message.text(4, op)
  for (const [name, attribute] of Object.entries(attributes)) {
    message.message(5, writeAttribute(name, attribute))
  }
  return message
}

function writeAttribute(name: string, attribute: Attribute): MessageWriter {
  const message = new MessageWriter().text(1, name)
  if ('float' in attribute) return message.float(2, attribute.float).integer(20, 1)
  if ('int' in attribute) return message.integer(3, attribute.int).integer(20, 2)
  if ('text' in attribute) return message.text(4, attribute.text).integer(20, 3)
  if ('graph' in attribute)
    return message.message(6, writeGraph(attribute.graph, undefined)).integer(20, 5)
  if ('floats' in attribute) {
    for (const value of attribute.floats) message.float(7, value)
    return message.integer(20, 6)
  }
  if ('texts' in attribute) {
    for (const value of attribute.texts) message.text(9, value)
    return message.integer(20, 8)
  }
  for (const value of attribute.ints) message.integer(8, value)
  return message.integer(20, 7)
}

function writeTensor(
  name: string,
  tensor: Tensor,
  weights: OnnxWeight[] | undefined,
): MessageWriter {
  const message = new MessageWriter()
  for (const size of tensor.shape) message.integer(1, size)
  message.integer(2, ELEMENT_TYPE[tensor.datatype]).text(8, name)
  const data = tensorToBytes(tensor)
  if (!weights || data.length < WEIGHT_BYTES_MIN) return message.bytes(9, data)
  weights.push({ path: name, data })
  const entry = (key: string, value: string) => new MessageWriter().text(1, key).text(2, value)
  return message
    .message(13, entry('location', name))
    .message(13, entry('length', String(data.length)))
    .integer(14, EXTERNAL)
}

/** TensorProto.DataLocation. */
const EXTERNAL = 1

function writeValue({ name, datatype, shape }: Value): MessageWriter {
  const sizes = new MessageWriter()
  shape.forEach((size, axis) => {
    const unknown = axis === 0 ? 'batch' : `${name}_${axis}`
    sizes.message(
      1,
      size < 0 ? new MessageWriter().text(2, unknown) : new MessageWriter().integer(1, size),
    )
  })
  const type = new MessageWriter().integer(1, ELEMENT_TYPE[datatype]).message(2, sizes)
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, type))
}
