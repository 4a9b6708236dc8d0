import { type Datatype, elementCount, type Tensor, zeros } from '../../core/tensor.ts'
import type { Graph, Value } from '../onnx/graph.ts'
import { cast, reshape } from '../onnx/operators.ts'
import { joinSizes, sizesOf } from '../onnx/sizes.ts'
import { refuse } from '../refuse.ts'
import type { GraphNodeDef } from './node.ts'
import { countsSamples, type Size, staticSize } from './size.ts'

/** What a TensorFlow operation takes and gives while a graph is converted. */
export type Item = Flow | Constant | Sizes | Variable | List | Rows | Reserved | Written

/** A tensor that is only known when the model runs. */
export interface Flow {
  readonly kind: 'flow'
  readonly value: Value
  readonly shape: readonly Size[]
}

/** A tensor of the file. */
export interface Constant {
  readonly kind: 'constant'
  readonly tensor: Tensor
}

/** Integers (or truths, as 0 and 1) that were computed from shapes: few, and some not yet known. */
export interface Sizes {
  readonly kind: 'sizes'
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly elements: readonly Size[]
}

/** A handle of a variable. */
export interface Variable {
  readonly kind: 'variable'
  readonly handle: GraphNodeDef
}

/** A TensorList; what was not yet set is undefined. */
export interface List {
  readonly kind: 'list'
  readonly items: readonly (Item | undefined)[]
}

/** A TensorList whose items are the rows of a tensor. */
export interface Rows {
  readonly kind: 'rows'
  readonly tensor: Flow
}

/** A TensorList that a loop is to fill. */
export interface Reserved {
  readonly kind: 'reserved'
  readonly count: Size
}

/** A TensorList of which a loop sets one item in each step. */
export interface Written {
  readonly kind: 'written'
  readonly count: Size
  readonly at: Size
  readonly item: Flow
}

/** Integers beyond which a constant is data, not a shape. */
const SIZES_MAX = 4096

/** Floats beyond which a constant is data: sizes are scaled by single ones. */
const FLOATS_MAX = 1

/** The integers of an item, if it is one that shapes are computed from. */
export function elementsOf(item: Item | undefined): readonly Size[] | undefined {
  if (item?.kind === 'sizes') return item.elements
  if (item?.kind !== 'constant') return undefined
  const { datatype, data } = item.tensor
  const max = datatype === 'FP32' ? FLOATS_MAX : SIZES_MAX
  return data.length > max ? undefined : Array.from(data, Number)
}

/** The shape of an item; ERR_MODEL for what is no tensor. */
export function shapeOf(item: Item): readonly Size[] {
  if (item.kind === 'constant') return item.tensor.shape
  if (item.kind === 'sizes' || item.kind === 'flow') return item.shape
  throw refuse(`a ${item.kind} is used as a tensor`)
}

/** The datatype of an item; ERR_MODEL for what is no tensor. */
export function datatypeOf(item: Item): Datatype {
  if (item.kind === 'constant') return item.tensor.datatype
  if (item.kind === 'sizes') return item.datatype
  if (item.kind === 'flow') return item.value.datatype
  throw refuse(`a ${item.kind} is used as a tensor`)
}

/** `item` as a tensor of the graph. */
export function flowOf(graph: Graph, item: Item): Flow {
  if (item.kind === 'flow') return item
  if (item.kind === 'constant') {
    return { kind: 'flow', value: graph.constant(item.tensor), shape: item.tensor.shape }
  }
  if (item.kind !== 'sizes') throw refuse(`a ${item.kind} is used as a tensor`)
  if (item.elements.some(countsSamples)) {
    throw refuse('graph computes with the number of samples, on which no answer may depend')
  }
  return { kind: 'flow', value: valueOfSizes(graph, item), shape: item.shape }
}

/** Numbers as a constant of `datatype`. */
export function constantOf(
  datatype: Datatype,
  shape: readonly number[],
  numbers: readonly number[],
): Constant {
  const tensor = zeros(datatype, shape)
  const { data } = tensor
  const isInteger = datatype === 'FP32' || numbers.every(Number.isSafeInteger)
  if (numbers.length !== elementCount(shape) || !isInteger) {
    throw refuse('graph computes sizes that cannot be')
  }
  for (const [index, number] of numbers.entries()) {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array)
      data[index] = BigInt(number)
    else data[index] = number
  }
  return { kind: 'constant', tensor }
}

/** A list of sizes as INT64, for the operators of ONNX that take one. */
export function sizeList(graph: Graph, sizes: readonly Size[]): Value {
  return valueOfSizes(graph, {
    kind: 'sizes',
    datatype: 'INT64',
    shape: [sizes.length],
    elements: sizes,
  })
}

/** Sizes that are not known yet are read from the tensors that have them. */
function valueOfSizes(graph: Graph, { datatype, shape, elements }: Sizes): Value {
  const numbers = elements.filter((size) => typeof size === 'number')
  if (numbers.length === elements.length) {
    return graph.constant(constantOf(datatype, shape, numbers).tensor)
  }
  const parts = elements.map((size) => sizeValue(graph, size))
  return cast(graph, reshape(graph, joinSizes(graph, parts), shape), datatype)
}

function sizeValue(graph: Graph, size: Size): Value {
  if (typeof size === 'number') return graph.integers([size])
  if ('step' in size) {
    const one = graph.integers([1])
    const step = graph.add({ op: 'Reshape', inputs: [size.step, one], shape: [1] })
    return shifted(graph, step, { op: 'Add', by: size.offset, without: 0 })
  }
  if ('from' in size) return sizesOf(graph, size.from, [size.axis, size.axis + 1])
  if ('factors' in size) {
    const [first, ...rest] = size.factors.map((factor) => sizeValue(graph, factor))
    if (!first) throw refuse('graph multiplies no sizes')
    return rest.reduce(
      (all, each) => graph.add({ op: 'Mul', inputs: [all, each], shape: [1] }),
      first,
    )
  }
  const batch = sizesOf(graph, size.of, [0, 1])
  return shifted(graph, batch, { op: 'Mul', by: size.batches, without: 1 })
}

function shifted(
  graph: Graph,
  value: Value,
  { op, by, without }: { readonly op: string; readonly by: number; readonly without: number },
): Value {
  return by === without
    ? value
    : graph.add({ op, inputs: [value, graph.integers([by])], shape: [1] })
}

/** The sizes of a shape as ONNX's graph has them. */
export function staticShape(shape: readonly Size[]): readonly number[] {
  return shape.map(staticSize)
}
