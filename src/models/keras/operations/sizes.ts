import { cast } from '../../onnx/operators.ts'
import type { Operation } from './operation.ts'

/** The shape of a tensor, INT32: sizes that are known when the model is read may be used as such. */
export const sizesOf: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const datatype = operands.choice('out_type', ['int32', 'int64']) === 'int32' ? 'INT32' : 'INT64'
  const inputs = [value]
  const sizes = graph.add({ op: 'Shape', inputs, shape: [value.shape.length], datatype: 'INT64' })
  const known = value.shape.map((size, axis) => (size === -1 && axis > 0 ? Number.NaN : size))
  return { ...cast(graph, sizes, datatype), sizes: known }
}
