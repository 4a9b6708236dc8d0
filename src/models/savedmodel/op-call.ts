import type { Datatype } from '../../core/tensor.ts'
import type { Attribute, Graph } from '../onnx/graph.ts'
import { quote, refuse } from '../refuse.ts'
import { elementsOf, type Flow, flowOf, type Item, shapeOf } from './item.ts'
import type { GraphNodeDef } from './node.ts'
import { countsSamples, type Size } from './size.ts'

/** One operation of a TensorFlow graph, with what it is called on. */
export interface OpCall {
  readonly graph: Graph
  readonly node: GraphNodeDef
  readonly inputs: readonly Item[]
}

/** How an operation is converted; one that gives several results gives them in order. */
export type OpKind = (call: OpCall) => Item | readonly Item[]

/** An operator of ONNX to be added. */
export interface Emission {
  readonly op: string
  readonly inputs: readonly (Flow | Flow['value'] | undefined)[]
  readonly attributes?: Readonly<Record<string, Attribute>>
  /** Of the result; undefined for a size that only running tells. */
  readonly shape: readonly (Size | undefined)[]
  /** Of the result; that of the first input if absent. */
  readonly datatype?: Datatype
}

/** The result of an ONNX operator. */
export function emit(call: Pick<OpCall, 'graph' | 'node'>, emission: Emission): Flow {
  const { op, inputs, attributes = {}, shape, datatype } = emission
  if (shape.filter(countsSamples).length > 1) throw mixing(call)
  const value = call.graph.add({
    op,
    inputs: inputs.map((input) => (input && 'kind' in input ? input.value : input)),
    attributes,
    shape: shape.map((size) => (typeof size === 'number' ? size : -1)),
    ...(datatype && { datatype }),
  })
  return {
    kind: 'flow',
    value,
    shape: shape.map((size, axis) => size ?? { from: value, axis }),
  }
}

/** Input `index`, whatever it is. */
export function itemAt(call: OpCall, index: number): Item {
  const item = call.inputs[index]
  if (!item) throw wrong(call, `has ${call.inputs.length} inputs`)
  return item
}

/** Input `index` as a tensor. */
export function flowAt(call: OpCall, index: number): Flow {
  return flowOf(call.graph, itemAt(call, index))
}

/** Input `index` as sizes, some of which may not be known yet. */
export function sizesAt(call: OpCall, index: number): readonly Size[] {
  const item = itemAt(call, index)
  const elements = elementsOf(item)
  if (!elements || shapeOf(item).length > 1) {
    throw wrong(call, `depends on values that are only known when the model runs`)
  }
  return elements
}

/** Input `index` as integers; ERR_MODEL where they are only known when the model runs. */
export function integersAt(call: OpCall, index: number): readonly number[] {
  const integers = elementsOf(itemAt(call, index))?.filter((size) => typeof size === 'number')
  if (!integers || integers.length !== elementsOf(itemAt(call, index))?.length) {
    throw wrong(call, `depends on values that are only known when the model runs`)
  }
  return integers
}

/** Input `index` as one integer. */
export function integerAt(call: OpCall, index: number): number {
  const [first, ...more] = integersAt(call, index)
  if (first === undefined || more.length > 0) throw wrong(call, 'takes one number, not several')
  return first
}

/** Input `index` as axes of a tensor of `rank`, none negative. */
export function axesAt(call: OpCall, index: number, rank: number): readonly number[] {
  return integersAt(call, index).map((axis) => axisOf(call, axis, rank))
}

/** `axis` counted from the front; ERR_MODEL where a tensor of `rank` has none such. */
export function axisOf(call: OpCall, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(counted) || counted < 0 || counted >= rank) {
    throw wrong(call, `names axis ${axis} of ${rank}`)
  }
  return counted
}

/** Throws ERR_MODEL where what an operation does along `axes` of `flow` would mix samples. */
export function withinSample(
  call: Pick<OpCall, 'node'>,
  { shape }: Flow,
  axes: readonly number[],
): void {
  if (axes.some((axis) => countsSamples(shape.at(axis)))) throw mixing(call)
}

/** Answers would depend on which samples are asked together. */
export function mixing(call: Pick<OpCall, 'node'>): Error {
  return wrong(call, 'mixes the samples of a batch, which is not allowed')
}

/** A size as a number; ERR_MODEL where it is not fixed. */
export function fixedSize(call: OpCall, size: Size | undefined): number {
  if (typeof size !== 'number') throw wrong(call, 'needs a size that is not fixed')
  return size
}

/** The reason why this operation is refused: `node "x" (Conv2D) …`. */
export function wrong({ node }: Pick<OpCall, 'node'>, reason: string): Error {
  return refuse(`node ${quote(node.name)} (${node.op}) ${reason}`)
}
