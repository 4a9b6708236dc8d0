import { isFloat } from '../../../core/tensor.ts'
import { where } from '../../onnx/operators.ts'
import { constantOf, type Flow, flowOf } from '../item.ts'
import { flowAt, itemAt, type OpCall, type OpKind, wrong } from '../op-call.ts'
import { applyTo, type BinaryOperator, combine } from './broadcast.ts'

/** Arithmetic and comparisons, element by element. */
export const ARITHMETIC: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['Add', binary('Add')],
  ['AddV2', binary('Add')],
  ['BiasAdd', biasAdd],
  ['BiasAddV1', biasAdd],
  ['Sub', binary('Sub')],
  ['Mul', binary('Mul')],
  ['RealDiv', binary('Div')],
  ['Maximum', binary('Max')],
  ['Minimum', binary('Min')],
  ['Pow', binary('Pow')],
  ['SquaredDifference', squaredDifference],
  ['DivNoNan', divNoNan],
  ['FloorDiv', floorDiv],
  ['FloorMod', floorMod],
  ['AddN', addN],
  ['Greater', compare('Greater')],
  ['GreaterEqual', compare('GreaterOrEqual')],
  ['Less', compare('Less')],
  ['LessEqual', compare('LessOrEqual')],
  ['Equal', compare('Equal')],
  ['NotEqual', (call) => applyTo(call, compared(call, 'Equal'), { op: 'Not' })],
  ['LogicalAnd', compare('And')],
  ['LogicalOr', compare('Or')],
  ['LogicalXor', compare('Xor')],
  ['ClipByValue', clip],
])

function pairAt(call: OpCall): readonly [Flow, Flow] {
  const pair = [flowAt(call, 0), flowAt(call, 1)] as const
  if (pair[0].value.datatype !== pair[1].value.datatype) {
    throw wrong(call, `takes ${pair[0].value.datatype} and ${pair[1].value.datatype}`)
  }
  return pair
}

function binary(op: string): OpKind {
  return (call) => combine(call, pairAt(call), { op })
}

function compared(call: OpCall, op: string): Flow {
  return combine(call, pairAt(call), { op, datatype: 'BOOL' })
}

function compare(op: string): OpKind {
  return (call) => compared(call, op)
}

/** One number for each channel; the channels are last, or right after the batch. */
function biasAdd(call: OpCall): Flow {
  const [flow, bias] = pairAt(call)
  if (bias.shape.length !== 1) throw wrong(call, 'adds a bias that is no vector')
  if (!call.node.attributes.text('data_format', 'NHWC').startsWith('NC')) {
    return combine(call, [flow, bias], { op: 'Add' })
  }
  const shape = [...bias.shape, ...Array<number>(flow.shape.length - 2).fill(1)]
  const sizes = call.graph.integers(shape.map(Number))
  const value = call.graph.add({
    op: 'Reshape',
    inputs: [bias.value, sizes],
    shape: shape.map(Number),
  })
  return combine(call, [flow, { kind: 'flow', value, shape }], { op: 'Add' })
}

function squaredDifference(call: OpCall): Flow {
  const difference = combine(call, pairAt(call), { op: 'Sub' })
  return combine(call, [difference, difference], { op: 'Mul' })
}

function divNoNan(call: OpCall): Flow {
  const [left, right] = pairAt(call)
  const zero = numberLike(call, right, 0)
  const isZero = combine(call, [right, zero], { op: 'Equal', datatype: 'BOOL' })
  const divided = combine(call, [left, right], { op: 'Div' })
  const value = where(call.graph, isZero.value, [zero.value, divided.value])
  return { kind: 'flow', value, shape: divided.shape }
}

/** Rounds down, as ONNX's Div of integers, which cuts off, does not. */
function floorDiv(call: OpCall): Flow {
  const [left, right] = pairAt(call)
  if (isFloat(left.value.datatype)) {
    return applyTo(call, combine(call, [left, right], { op: 'Div' }), { op: 'Floor' })
  }
  const rest = combine(call, [left, right], { op: 'Mod' })
  return combine(call, [combine(call, [left, rest], { op: 'Sub' }), right], { op: 'Div' })
}

/** Has the sign of the divisor; ONNX's Mod of floats has that of the dividend. */
function floorMod(call: OpCall): Flow {
  const [left, right] = pairAt(call)
  if (!isFloat(left.value.datatype)) return combine(call, [left, right], { op: 'Mod' })
  const floor = applyTo(call, combine(call, [left, right], { op: 'Div' }), { op: 'Floor' })
  const whole = combine(call, [floor, right], { op: 'Mul' })
  return combine(call, [left, whole], { op: 'Sub' })
}

function addN(call: OpCall): Flow {
  const [first, ...rest] = call.inputs.map((item) => flowOf(call.graph, item))
  if (!first) throw wrong(call, 'adds nothing')
  return rest.reduce((sum, flow) => combine(call, [sum, flow], { op: 'Add' }), first)
}

function clip(call: OpCall): Flow {
  const bound = (index: number, operator: BinaryOperator, flow: Flow) =>
    combine(call, [flow, flowAt(call, index)], operator)
  return bound(1, { op: 'Max' }, bound(2, { op: 'Min' }, flowOf(call.graph, itemAt(call, 0))))
}

/** One number of the datatype of `flow`. */
export function numberLike(call: OpCall, flow: Flow, number: number): Flow {
  if (flow.value.datatype === 'FP32') {
    return { kind: 'flow', value: call.graph.scalar(number), shape: [] }
  }
  return flowOf(call.graph, constantOf(flow.value.datatype, [], [number]))
}
