import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, matMul, reshapeConstant, transpose } from '../../../onnx/operators.ts'
import { knownSize, type LayerCall } from '../../layer-kind.ts'
import type { Settings } from '../../settings.ts'
import { readUnits } from './cell.ts'

/** The gates of a cell: what it makes of input and state by one product each, side by side. */
export interface Gates {
  readonly call: LayerCall
  readonly units: number
  readonly count: number
}

/** The weights of a cell, in Keras' order. */
export function gateWeights(settings: Settings): readonly string[] {
  return ['kernel', 'recurrent_kernel', ...(settings.flag('use_bias', true) ? ['bias'] : [])]
}

/** The gates of a cell that has `count` of them. */
export function readGates(call: LayerCall, count: number): Gates {
  return { call, units: readUnits(call, 'units'), count }
}

/** The kernel of all gates for an input of that many features: [features, count * units]. */
export function inputKernel({ call, units, count }: Gates, features: number): Value {
  return call.weight('kernel', [features, count * units])
}

/** The kernel of all gates for the state: [units, count * units]. */
export function stateKernel({ call, units, count }: Gates): Value {
  return call.weight('recurrent_kernel', [units, count * units])
}

/** The bias of all gates, one list of numbers. */
export function gateBias({ call, units, count }: Gates): Value | undefined {
  return call.settings.flag('use_bias', true) ? call.weight('bias', [count * units]) : undefined
}

/** The input's part in all gates: [..., count * units]. */
export function project(
  gates: Gates,
  graph: Graph,
  { input, bias }: { readonly input: Value; readonly bias: Value | undefined },
): Value {
  const kernel = inputKernel(gates, knownSize(gates.call, input, -1))
  const product = matMul(graph, input, kernel)
  return bias ? binary(graph, 'Add', [product, bias]) : product
}

/** `value` in `count` parts of one size along its second axis. */
export function split(graph: Graph, value: Value, count: number): readonly Value[] {
  const shape = value.shape.with(1, (value.shape[1] ?? -1) / count)
  const attributes = { axis: { int: 1 }, num_outputs: { int: count } }
  return graph.addAll({ op: 'Split', inputs: [value], attributes, shape }, count)
}

/** A kernel as ONNX's recurrent operators want it: [1, count * units, rows], gates in `order`. */
export function operatorKernel(gates: Gates, kernel: Value, order?: readonly number[]): Value {
  const { call, units, count } = gates
  const rows = kernel.shape[0] ?? 1
  const apart = reshapeConstant(call.graph, kernel, [rows, count, units])
  const ordered = order ? reorder(call.graph, apart, order) : apart
  const turned = transpose(call.graph, ordered, [1, 2, 0])
  return reshapeConstant(call.graph, turned, [1, count * units, rows])
}

/** The biases of input and state as ONNX's recurrent operators want them: [1, 2 * count * units]. */
export function operatorBias(gates: Gates, order?: readonly number[]): Value | undefined {
  const { call, units, count } = gates
  const bias = gateBias(gates)
  if (!bias) return undefined
  const size = count * units
  const apart = reshapeConstant(call.graph, bias, [1, count, units])
  const ordered = order ? reorder(call.graph, apart, order) : apart
  const zeros = { datatype: 'FP32', shape: [1, size], data: new Float32Array(size) } as const
  return call.graph.add({
    op: 'Concat',
    inputs: [reshapeConstant(call.graph, ordered, [1, size]), call.graph.constant(zeros)],
    attributes: { axis: { int: 1 } },
    shape: [1, 2 * size],
  })
}

/** The gates along the second axis in another order. */
function reorder(graph: Graph, value: Value, order: readonly number[]): Value {
  const attributes = { axis: { int: 1 } }
  const inputs = [value, graph.integers(order)]
  return graph.add({ op: 'Gather', inputs, attributes, shape: value.shape })
}
