import { isFloat } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { compare, elementwise, reduce, unary, where } from '../../onnx/operators.ts'
import { namedActivation } from '../activations.ts'
import { normalizeLength } from '../layers/normalization/unit-normalization.ts'
import { axesOf, axisOf } from './axes.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'

/** Keras' activation of that name, without settings. */
export function activationOf(name: string): Operation {
  return (operands) => {
    const { graph } = operands
    // What is settable is only served as it is by default.
    for (const [parameter, value] of [
      ['axis', -1],
      ['b', 4],
      ['beta', 1],
    ] as const) {
      if (operands.has(parameter) && operands.number(parameter) !== value)
        throw operands.wrong(parameter, operands.number(parameter), String(value))
    }
    const result = namedActivation(graph, floatInput(operands), { name, kerasMajor: 3 })
    if (!result) throw new RangeError(`Cannot convert: there is no activation "${name}"`)
    return result
  }
}

/** An activation's operator with one number to be set: `parameter`, which ONNX calls `attribute`. */
export function activationWith(
  op: 'LeakyRelu' | 'Elu' | 'Celu',
  [parameter, fallback]: readonly [parameter: string, fallback: number],
): Operation {
  return (operands) => {
    const alpha = operands.number(parameter, fallback)
    return elementwise(operands.graph, floatInput(operands), (value) =>
      unary(operands.graph, value, { op, alpha: { float: alpha } }),
    )
  }
}

/** GELU, exact or by tanh; `isApproximate` unless it says. */
export function gelu(isApproximate: boolean): Operation {
  return (operands) => {
    const text = operands.flag('approximate', isApproximate) ? 'tanh' : 'none'
    return elementwise(operands.graph, floatInput(operands), (value) =>
      unary(operands.graph, value, { op: 'Gelu', approximate: { text } }),
    )
  }
}

/** Softmax or LogSoftmax along one axis. */
export function softmaxOf(op: 'Softmax' | 'LogSoftmax'): Operation {
  return (operands) => {
    const value = floatInput(operands)
    const axis = axisOf(operands, value, { axis: operands.integer('axis', -1) })
    return unary(operands.graph, value, { op, axis: { int: axis } })
  }
}

/** What is within the threshold becomes 0; what is beyond stays, or comes nearer if it `shifts`. */
export function shrink({ shifts }: { readonly shifts: boolean }): Operation {
  return (operands) => {
    const threshold = operands.number('threshold', 0.5)
    return elementwise(operands.graph, floatInput(operands), (value) =>
      unary(operands.graph, value, {
        op: 'Shrink',
        lambd: { float: threshold },
        bias: { float: shifts ? threshold : 0 },
      }),
    )
  }
}

/** The input above the threshold, a default value elsewhere. */
export const threshold: Operation = (operands) => {
  const { graph } = operands
  const value = floatInput(operands)
  const isAbove = compare(graph, 'Greater', [value, graph.scalar(operands.number('threshold'))])
  return where(graph, isAbove, [value, graph.scalar(operands.number('default_value'))])
}

/** The norm along axes: of order 2, which is the default, or 1. */
export const norm: Operation = (operands) => {
  const value = floatInput(operands)
  const order = operands.has('ord') ? operands.json('ord') : 2
  const axes = axesOf(operands, value)
  const isFrobenius = order === 'fro' || order === 'euclidean'
  const isKnown = axes.length === 1 || isFrobenius || !operands.has('ord')
  if (!isKnown || !(order === 2 || order === 1 || isFrobenius))
    throw operands.wrong('ord', order, '1 or 2 along one axis, null along several')
  const op = order === 1 ? 'ReduceL1' : 'ReduceL2'
  return reduce(operands.graph, value, { op, axes, keepsAxes: operands.flag('keepdims', false) })
}

/** Unit length along axes: x / max(norm(x), sqrt(epsilon)), as x rsqrt(max(sum(x^2), epsilon)). */
export const normalized: Operation = (operands) => {
  const value = floatInput(operands)
  const order = operands.number('order', 2)
  if (order !== 2) throw operands.wrong('order', order, '2')
  const epsilon = operands.number('epsilon', operands.kerasMajor < 3 ? 1e-12 : 1e-7)
  const axes = axesOf(operands, value)
  const squareMin = operands.kerasMajor < 3 ? epsilon : epsilon * epsilon
  return normalizeLength(operands.graph, value, { axes, squareMin })
}

/** The parameter `x`, which must measure: of integers these functions mean different things. */
export function floatInput(operands: Operands): Value {
  const value = operands.value('x')
  if (!isFloat(value.datatype)) throw operands.refuse(`takes ${value.datatype} (expected floats)`)
  return operands.as(value, 'FP32')
}
