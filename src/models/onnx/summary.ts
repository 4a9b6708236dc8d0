import { elementCount, elementSizeBytes, type TensorSpec } from '../../core/tensor.ts'
import {
  ONNX_FIELDS_MAX,
  OPERATORS_MAX,
  RANK_MAX,
  SAMPLE_ELEMENTS_MAX,
  TENSORS_MAX,
} from '../limits.ts'
import { checkDepth, type Field, integersOf, readFields } from '../protobuf.ts'
import { quote, refuse } from '../refuse.ts'
import { datatypeOf } from './element-type.ts'

/** What an ONNX file declares about itself. */
export interface OnnxSummary {
  /** Inputs that are to be fed, in order; a size that is not fixed is -1. */
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** How often each operator occurs in the main graph, by its name. */
  readonly operators: ReadonlyMap<string, number>
  /** Numbers in the constants of the graph. */
  readonly parameters: number
}

/**
 * Reads the structure of an ONNX model (onnx.proto) without running anything. Throws ERR_MODEL for
 * what is truncated, claims to be larger than it is, or lies in other files.
 */
export function readOnnx(bytes: Uint8Array): OnnxSummary {
  const [graph, ...others] = fields(bytes, 7)
  if (!graph || !fieldsPresent(bytes, 1)) throw refuse(NO_GRAPH)
  // The parts of a message may be apart, by protobuf's rules; no exporter writes so.
  if (others.length > 0) throw refuse('ONNX model has more than one graph')
  checkTensors(bytes, 'model', { depth: 0, counts: new Map() })
  const initializers = fields(graph, 5).map(readTensor)
  const constants = new Set(initializers.map(({ name }) => name))
  const operators = new Map<string, number>()
  for (const node of fields(graph, 1)) {
    const name = text(fields(node, 4)[0])
    operators.set(name, (operators.get(name) ?? 0) + 1)
  }
  return {
    inputs: fields(graph, 11)
      .map(readValue)
      .filter(({ name }) => !constants.has(name)),
    outputs: fields(graph, 12).map(readValue),
    operators,
    parameters: initializers.reduce((sum, { count }) => sum + count, 0),
  }
}

const NO_GRAPH =
  'file is no ONNX model (of a SavedModel its whole folder is expected, or a zip of it)'

/** Messages that may hold tensors, by kind: which field leads to which (onnx.proto). */
const CHILDREN: Readonly<Record<string, ReadonlyMap<number, string>>> = {
  model: new Map([
    [7, 'graph'],
    [20, 'training'],
    [25, 'function'],
  ]),
  graph: new Map([
    [1, 'node'],
    [5, 'tensor'],
    [15, 'sparse'],
  ]),
  training: new Map([
    [1, 'graph'],
    [2, 'graph'],
  ]),
  function: new Map([
    [7, 'node'],
    [11, 'attribute'],
  ]),
  node: new Map([[5, 'attribute']]),
  attribute: new Map([
    [5, 'tensor'],
    [6, 'graph'],
    [10, 'tensor'],
    [11, 'graph'],
    [22, 'sparse'],
    [23, 'sparse'],
  ]),
  sparse: new Map([
    [1, 'tensor'],
    [2, 'tensor'],
  ]),
}

/** How often each kind of message may occur in a file, all graphs together; `field` is any field of these. */
const COUNTS_MAX: ReadonlyMap<string, number> = new Map([
  ['node', OPERATORS_MAX],
  ['tensor', TENSORS_MAX],
  ['field', ONNX_FIELDS_MAX],
])

/** Where a walk through a file is, and what it has met. */
interface Walk {
  readonly depth: number
  readonly counts: Map<string, number>
}

/** Checks every tensor of a message, however deep. */
function checkTensors(message: Uint8Array, kind: string, { depth, counts }: Walk): void {
  checkDepth(depth)
  count(kind, counts)
  if (kind === 'tensor') {
    readTensor(message)
    return
  }
  const children = CHILDREN[kind]
  for (const field of readFields(message)) {
    count('field', counts)
    const child = children?.get(field.number)
    if (child !== undefined) checkTensors(field.bytes, child, { depth: depth + 1, counts })
  }
}

function count(kind: string, counts: Map<string, number>): void {
  const max = COUNTS_MAX.get(kind)
  const seen = (counts.get(kind) ?? 0) + 1
  if (max !== undefined && seen > max)
    throw refuse(`ONNX model has too many ${kind}s (at most ${max})`)
  counts.set(kind, seen)
}

/** Fields of a TensorProto that hold elements, and how many bytes each element takes there at least. */
const ELEMENT_FIELDS: ReadonlyMap<number, number> = new Map([
  [4, 4],
  [5, 1],
  [6, 1],
  [7, 1],
  [10, 8],
  [11, 1],
])

function readTensor(message: Uint8Array): { name: string; count: number } {
  let name = ''
  let elementType = 0
  let rawBytes: number | undefined
  let elementsMax = 0
  const shape: number[] = []
  for (const field of readFields(message)) {
    if (field.number === 1) addSizes(shape, field)
    else if (field.number === 2) elementType = field.integer
    else if (field.number === 8) name = text(field.bytes)
    else if (field.number === 9) rawBytes = field.bytes.length
    else if (field.number === 13 || (field.number === 14 && field.integer !== 0)) {
      throw refuse(
        `tensor ${quote(name)} lies in an external file, which is not allowed (export it with external_data=False)`,
      )
    } else elementsMax += elementsIn(field)
  }
  const elements = elementCount(shape)
  const datatype = datatypeOf(elementType)
  if (rawBytes !== undefined && datatype) elementsMax = rawBytes / elementSizeBytes(datatype)
  const isText = datatype === undefined
  if (shape.some((size) => size < 0) || (!isText && elements > elementsMax)) {
    throw refuse(
      `tensor ${quote(name)} declares [${shape.join(', ')}] but stores ${elementsMax} elements`,
    )
  }
  return { name, count: elements }
}

function addSizes(shape: number[], field: Field): void {
  for (const size of integersOf(field)) {
    if (shape.length === RANK_MAX) throw refuse(`a tensor has more than ${RANK_MAX} axes`)
    shape.push(size)
  }
}

function elementsIn(field: Field): number {
  const least = ELEMENT_FIELDS.get(field.number)
  if (least === undefined) return 0
  return field.bytes.length === 0 ? 1 : field.bytes.length / least
}

/** A ValueInfoProto: name, and the type and shape of a tensor. */
function readValue(message: Uint8Array): TensorSpec {
  const name = text(fields(message, 1)[0])
  const type = fields(message, 2)[0]
  const tensor = type && fields(type, 1)[0]
  if (!tensor) throw refuse(`${quote(name)} is no tensor`)
  const elementType = [...readFields(tensor)].find(({ number }) => number === 1)?.integer ?? 0
  const datatype = datatypeOf(elementType)
  if (!datatype)
    throw refuse(`${quote(name)} is of element type ${elementType}, which is not supported`)
  const shape = fields(fields(tensor, 2)[0] ?? new Uint8Array(), 1).map(readSize)
  if (shape.length > RANK_MAX || shape.slice(1).some((size) => size > SAMPLE_ELEMENTS_MAX)) {
    throw refuse(`${quote(name)} of shape [${shape.join(', ')}] is too large`)
  }
  return { name, datatype, shape }
}

function readSize(message: Uint8Array): number {
  const size = [...readFields(message)].find(({ number }) => number === 1)
  return size === undefined || size.integer < 1 ? -1 : size.integer
}

/** The contents of every field `number` of a message. */
function fields(message: Uint8Array, number: number): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  for (const field of readFields(message)) if (field.number === number) found.push(field.bytes)
  return found
}

function fieldsPresent(message: Uint8Array, number: number): boolean {
  for (const field of readFields(message)) if (field.number === number) return true
  return false
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8')
}
