import type { Attribute } from '../../onnx/graph.ts'
import { cast } from '../../onnx/operators.ts'
import { elementKind } from '../element-kind.ts'
import type { Flow, Item } from '../item.ts'
import { flowAt, itemAt, type OpCall, type OpKind, withinSample } from '../op-call.ts'
import { numberLike } from './arithmetic.ts'
import { applyTo, combine, mapFlow } from './broadcast.ts'

/** What works on each element of one tensor. */
export const UNARY: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['Neg', unary('Neg')],
  ['Abs', unary('Abs')],
  ['Exp', unary('Exp')],
  ['Log', unary('Log')],
  ['Sqrt', unary('Sqrt')],
  ['Sign', unary('Sign')],
  ['Erf', unary('Erf')],
  ['Floor', unary('Floor')],
  ['Ceil', unary('Ceil')],
  ['Round', unary('Round')],
  ['Rint', unary('Round')],
  ['Sin', unary('Sin')],
  ['Cos', unary('Cos')],
  ['Tan', unary('Tan')],
  ['Asin', unary('Asin')],
  ['Acos', unary('Acos')],
  ['Atan', unary('Atan')],
  ['Sinh', unary('Sinh')],
  ['Cosh', unary('Cosh')],
  ['Asinh', unary('Asinh')],
  ['Acosh', unary('Acosh')],
  ['Atanh', unary('Atanh')],
  ['Reciprocal', unary('Reciprocal')],
  ['Inv', unary('Reciprocal')],
  ['LogicalNot', unary('Not')],
  ['IsNan', truth('IsNaN')],
  ['IsInf', truth('IsInf')],
  ['IsFinite', finite],
  ['Relu', unary('Relu')],
  ['Sigmoid', unary('Sigmoid')],
  ['Tanh', unary('Tanh')],
  ['Softplus', unary('Softplus')],
  ['Softsign', unary('Softsign')],
  ['Selu', unary('Selu')],
  ['Elu', unary('Elu')],
  ['LeakyRelu', leakyRelu],
  ['Relu6', relu6],
  ['Rsqrt', (call) => applyTo(call, apply(call, 'Sqrt'), { op: 'Reciprocal' })],
  ['Square', square],
  ['Log1p', (call) => applyTo(call, shifted(call, flowAt(call, 0), 1), { op: 'Log' })],
  ['Expm1', (call) => shifted(call, apply(call, 'Exp'), -1)],
  ['Erfc', (call) => shifted(call, applyTo(call, apply(call, 'Erf'), { op: 'Neg' }), 1)],
  ['Softmax', alongLast('Softmax')],
  ['LogSoftmax', alongLast('LogSoftmax')],
  ['Cast', castTo],
  ['Identity', same],
  ['StopGradient', same],
  ['PreventGradient', same],
  ['Snapshot', same],
  ['EnsureShape', same],
  ['CheckNumerics', same],
  ['IdentityN', (call) => call.inputs],
])

function alongLast(op: string): OpKind {
  return (call) => {
    withinSample(call, flowAt(call, 0), [-1])
    return unary(op, { axis: { int: -1 } })(call)
  }
}

function same(call: OpCall): Item {
  return itemAt(call, 0)
}

function apply(call: OpCall, op: string): Flow {
  return applyTo(call, flowAt(call, 0), { op })
}

function unary(op: string, attributes: Readonly<Record<string, Attribute>> = {}): OpKind {
  // Along the last axis, what comes before a permutation is another axis.
  if ('axis' in attributes) {
    return (call) => {
      const { value, shape } = flowAt(call, 0)
      const result = call.graph.add({ op, inputs: [value], attributes, shape: value.shape })
      return { kind: 'flow', value: result, shape }
    }
  }
  return (call) => applyTo(call, flowAt(call, 0), { op, attributes })
}

function truth(op: string): OpKind {
  return (call) => applyTo(call, flowAt(call, 0), { op, datatype: 'BOOL' })
}

/** What minus itself is 0: neither NaN nor infinite. */
function finite(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  const difference = combine(call, [flow, flow], { op: 'Sub' })
  const zero = numberLike(call, flow, 0)
  return combine(call, [difference, zero], { op: 'Equal', datatype: 'BOOL' })
}

function leakyRelu(call: OpCall): Flow {
  const alpha = { float: call.node.attributes.float('alpha', 0.2) }
  return applyTo(call, flowAt(call, 0), { op: 'LeakyRelu', attributes: { alpha } })
}

function relu6(call: OpCall): Flow {
  const bounds = [0, 6].map((bound) => call.graph.scalar(bound))
  return mapFlow(call, flowAt(call, 0), (value) =>
    call.graph.add({ op: 'Clip', inputs: [value, ...bounds], shape: value.shape }),
  )
}

function square(call: OpCall): Flow {
  const flow = flowAt(call, 0)
  return combine(call, [flow, flow], { op: 'Mul' })
}

function shifted(call: OpCall, flow: Flow, by: number): Flow {
  return combine(call, [flow, numberLike(call, flow, by)], { op: 'Add' })
}

/** Kinds of floats are one here; to integers both cut off, to truths both ask whether it is 0. */
function castTo(call: OpCall): Item {
  const { computed } = elementKind(call.node.attributes.type('DstT'), 'a Cast')
  const item = itemAt(call, 0)
  if (item.kind === 'constant' && item.tensor.datatype === computed) return item
  return mapFlow(call, flowAt(call, 0), (value) => cast(call.graph, value, computed))
}
