import type { Value } from '../../onnx/graph.ts'
import { cast } from '../../onnx/operators.ts'
import { type LayerCall, type LayerKind, onlyInput, weightSlots } from '../layer-kind.ts'
import { differs } from './mask-operations.ts'

/** keras.layers.Embedding: a row of numbers for each whole number; with `mask_zero`, 0 does not count. */
export const embedding: LayerKind = {
  weights: () => weightSlots(['embeddings']),
  convert: (call) => {
    const { graph, settings } = call
    settings.markRead(['input_length', 'mask_zero'])
    settings.only('sparse', false)
    const input = onlyInput(call)
    const width = settings.integer('output_dim', -1)
    const table = call.weight('embeddings', [settings.integer('input_dim', -1), width])
    const inputs = [table, rowsOf(call, input)]
    return graph.add({ op: 'Gather', inputs, shape: [...input.shape, width] })
  },
  mask: (call) => {
    const { graph, settings } = call
    if (!settings.flag('mask_zero', false)) return undefined
    return differs(call, onlyInput(call), graph.scalar(0))
  },
}

/** Keras 3 counts negative numbers from the end, as ONNX does; Keras 2 fails, as on numbers too large. */
function rowsOf({ graph, kerasMajor }: LayerCall, input: Value): Value {
  const whole = cast(graph, input, 'INT32')
  return kerasMajor < 3 ? cast(graph, cast(graph, whole, 'UINT32'), 'INT64') : whole
}
