import { elementCount, elementSizeBytes } from '../../core/tensor.ts'
import { integersOf, readFields } from '../protobuf.ts'
import { datatypeOf } from './element-type.ts'
import type { Attribute } from './graph.ts'
import type { CostedNode } from './multiply-accumulates.ts'

/** What an ONNX file computes, and on which constants. */
export interface OnnxNodes {
  /** Of the main graph; one of another domain than ONNX's own is called `domain.Name`. */
  readonly nodes: readonly CostedNode[]
  /** Shapes of the constants, by name. */
  readonly constants: ReadonlyMap<string, readonly number[]>
  /** Names of the main graph's outputs. */
  readonly outputs: ReadonlySet<string>
  /** Of the constants in memory. */
  readonly weightBytes: number
}

/** The operators of an ONNX model (onnx.proto, GraphProto) that `readOnnx` has read before. */
export function readNodes(bytes: Uint8Array): OnnxNodes {
  const nodes: CostedNode[] = []
  const constants = new Map<string, readonly number[]>()
  const outputs = new Set<string>()
  let weightBytes = 0
  for (const graph of parts(bytes, 7)) {
    for (const field of readFields(graph)) {
      if (field.number === 1) nodes.push(readNode(field.bytes))
      else if (field.number === 12) outputs.add(text(parts(field.bytes, 1)[0]))
      else if (field.number === 5) {
        const { name, shape, sizeBytes } = readConstant(field.bytes)
        constants.set(name, shape)
        weightBytes += sizeBytes
      }
    }
  }
  return { nodes, constants, outputs, weightBytes }
}

function readNode(message: Uint8Array): CostedNode {
  const domain = text(parts(message, 7)[0])
  const op = text(parts(message, 4)[0])
  return {
    op: domain === '' || domain === 'ai.onnx' ? op : `${domain}.${op}`,
    inputs: parts(message, 1).map(text),
    outputs: parts(message, 2).map(text),
    attributes: Object.fromEntries(parts(message, 5).flatMap(readAttribute)),
  }
}

/** Whole numbers and texts: all that costs depend on. */
function readAttribute(message: Uint8Array): readonly (readonly [string, Attribute])[] {
  let name = ''
  let type = 0
  let int = 0
  let bytes: Uint8Array | undefined
  for (const field of readFields(message)) {
    if (field.number === 1) name = text(field.bytes)
    else if (field.number === 3) int = field.integer
    else if (field.number === 4) bytes = field.bytes
    else if (field.number === 20) type = field.integer
  }
  if (type === 2) return [[name, { int }]]
  return type === 3 ? [[name, { text: text(bytes) }]] : []
}

function readConstant(message: Uint8Array): {
  name: string
  shape: readonly number[]
  sizeBytes: number
} {
  let name = ''
  let elementType = 0
  const shape: number[] = []
  for (const field of readFields(message)) {
    if (field.number === 1) shape.push(...integersOf(field))
    else if (field.number === 2) elementType = field.integer
    else if (field.number === 8) name = text(field.bytes)
  }
  const datatype = datatypeOf(elementType)
  const sizeBytes = datatype ? elementCount(shape) * elementSizeBytes(datatype) : 0
  return { name, shape, sizeBytes }
}

function parts(message: Uint8Array, number: number): readonly Uint8Array[] {
  return [...readFields(message)]
    .filter((field) => field.number === number)
    .map(({ bytes }) => bytes)
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8')
}
