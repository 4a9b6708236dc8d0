import { type Datatype, isFloat } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { cast } from '../../onnx/operators.ts'
import { sizesOf } from '../../onnx/sizes.ts'
import { DATATYPE_OF } from './literal.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'
import { isLiteral, type Operand } from './promotion.ts'

/** The datatype that the parameter `dtype` names; undefined where it names none. */
export function datatypeNamed(operands: Operands): Datatype | undefined {
  const name = operands.json('dtype')
  if (name === undefined) return undefined
  const datatype = DATATYPE_OF.get(String(name))
  if (!datatype) throw operands.wrong('dtype', name, [...DATATYPE_OF.keys()].join(', '))
  return datatype
}

/** Numbers of another datatype; those of floats are declared, and computed as FP32. */
export const converted: Operation = (operands) => {
  const value = operands.value('x')
  const datatype = datatypeNamed(operands) ?? value.datatype
  for (const name of ['sparse', 'ragged']) {
    if (operands.has(name) && operands.flag(name, false)) throw operands.wrong(name, true, 'false')
  }
  return cast(operands.graph, value, computed(datatype))
}

/** What it takes, as it is. */
export const same: Operation = (operands) => operands.value('x')

/** A tensor of the same shape, full of one number. */
export function full(number?: number): Operation {
  return (operands) => {
    const { graph } = operands
    const value = operands.value('x')
    const datatype = computed(datatypeNamed(operands) ?? value.datatype)
    const fill: Operand =
      number === undefined
        ? operands.operand('fill_value')
        : { type: 'number', shape: [], numbers: [number] }
    if (!isLiteral(fill) || fill.shape.length > 0)
      throw operands.wrong('fill_value', 'a tensor', 'a number')
    const inputs: readonly Value[] = [operands.as(fill, datatype), sizesOf(graph, value)]
    return graph.add({ op: 'Expand', inputs, shape: value.shape, datatype })
  }
}

function computed(datatype: Datatype): Datatype {
  return isFloat(datatype) ? 'FP32' : datatype
}
