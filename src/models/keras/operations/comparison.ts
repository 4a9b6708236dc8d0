import { type Datatype, isFloat } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { cast } from '../../onnx/operators.ts'
import { meetingDatatype } from './arithmetic.ts'
import { together } from './axes.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'
import { commonDatatype, isLiteral, kernelDatatype, type Operand } from './promotion.ts'

/** A comparison of two operands: BOOL. */
export function compare(
  op: 'Equal' | 'Greater' | 'GreaterOrEqual' | 'Less' | 'LessOrEqual',
): Operation {
  return (operands) => {
    const given = [operands.operand('x1'), operands.operand('x2')]
    const shape = together(operands, given)
    // Whether 2 is an integer or a float changes no comparison.
    const typed = given.map(
      (each): Operand =>
        isLiteral(each) && each.type === 'number' ? { ...each, type: 'int' } : each,
    )
    const datatype = commonDatatype(typed) ?? 'FP32'
    const kernel = kernelDatatype(datatype)
    if (!kernel) throw operands.refuse(`compares ${datatype}`)
    const inputs = typed.map((each) => {
      const meets = isLiteral(each) && datatype !== 'BOOL' ? kernel : datatype
      return cast(operands.graph, operands.as(each, meets), kernel)
    })
    return operands.graph.add({ op, inputs, shape, datatype: 'BOOL' })
  }
}

/** What is not as `operation` says. */
export function not(operation: Operation): Operation {
  return (operands) => {
    const result = operation(operands)
    if (!('name' in result)) throw new TypeError('Cannot negate several values')
    return invert(operands, result)
  }
}

function invert({ graph }: Operands, value: Value): Value {
  return graph.add({ op: 'Not', inputs: [value], shape: value.shape, datatype: 'BOOL' })
}

/** And, Or or Xor of two operands; numbers are true unless they are 0. */
export function logical(op: 'And' | 'Or' | 'Xor'): Operation {
  return (operands) => {
    const given = [operands.operand('x1'), operands.operand('x2')]
    const shape = together(operands, given)
    const inputs = given.map((each) => operands.as(each, 'BOOL'))
    return operands.graph.add({ op, inputs, shape, datatype: 'BOOL' })
  }
}

/** True for 0 and false. */
export const logicalNot: Operation = (operands) =>
  invert(operands, operands.as(operands.operand('x'), 'BOOL'))

/** IsNaN or IsInf of ONNX; no integer is either. */
export function isSpecial(
  op: 'IsNaN' | 'IsInf',
  signs: 'both' | 'positive' | 'negative' = 'both',
): Operation {
  return (operands) => {
    const value = operands.as(operands.value('x'), 'FP32')
    const attributes = {
      detect_positive: { int: signs === 'negative' ? 0 : 1 },
      detect_negative: { int: signs === 'positive' ? 0 : 1 },
    }
    return operands.graph.add({
      op,
      inputs: [value],
      ...(op === 'IsInf' && { attributes }),
      shape: value.shape,
      datatype: 'BOOL',
    })
  }
}

/** True for what is neither infinite nor no number. */
export const isOrdinary: Operation = (operands) => {
  const { graph } = operands
  const inputs = ([isSpecial('IsNaN'), isSpecial('IsInf')] as const).map((each) => each(operands))
  const values = inputs.flatMap((each) => ('name' in each ? [each] : each))
  const shape = values[0]?.shape ?? []
  return invert(operands, graph.add({ op: 'Or', inputs: values, shape, datatype: 'BOOL' }))
}

/** The first where the condition is true, else the second. */
export const where: Operation = (operands) => {
  const condition = operands.operand('condition')
  const given = [operands.operand('x1'), operands.operand('x2')]
  const shape = together(operands, [condition, ...given])
  const datatype = meetingDatatype(operands, given)
  const kernel = datatype === 'BOOL' ? 'INT32' : kernelDatatype(datatype)
  if (!kernel) throw operands.refuse(`chooses between ${datatype}`)
  const chosen = given.map((each) => cast(operands.graph, operands.as(each, datatype), kernel))
  const result = operands.graph.add({
    op: 'Where',
    inputs: [operands.as(condition, 'BOOL'), ...chosen],
    shape,
    datatype: kernel,
  })
  return cast(operands.graph, result, resultDatatype(datatype))
}

function resultDatatype(datatype: Datatype): Datatype {
  return isFloat(datatype) ? 'FP32' : datatype
}
