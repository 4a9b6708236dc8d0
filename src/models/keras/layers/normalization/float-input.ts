import { isFloat } from '../../../../core/tensor.ts'
import type { Value } from '../../../onnx/graph.ts'
import { toFloat } from '../../../onnx/operators.ts'
import { type LayerCall, onlyInput } from '../../layer-kind.ts'

/** What is normalised, as FP32; integers are refused where Keras 3 makes integers of the result, too. */
export function floatInput(call: LayerCall): Value {
  const input = onlyInput(call)
  if (call.kerasMajor >= 3 && !isFloat(input.datatype)) {
    throw call.settings.refuse(
      `normalizes ${input.datatype}, which is not supported (floating point is)`,
    )
  }
  return toFloat(call.graph, input)
}
