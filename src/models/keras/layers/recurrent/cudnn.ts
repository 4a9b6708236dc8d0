import type { Value } from '../../../onnx/graph.ts'
import { reduce, reshapeConstant, transpose } from '../../../onnx/operators.ts'
import type { JsonObject } from '../../json.ts'
import type { LayerCall } from '../../layer-kind.ts'
import type { Cell } from './cell.ts'
import { gruCell } from './gru-cell.ts'
import { lstmCell } from './lstm-cell.ts'

/** The cell of Keras 2's CuDNNLSTM: an LSTM whose weights lie as NVIDIA's library wants them. */
export function cudnnLstmCell(call: LayerCall): Cell {
  return lstmCell(unpacked(call, 4))
}

/** The cell of Keras 2's CuDNNGRU. */
export function cudnnGruCell(call: LayerCall): Cell {
  return gruCell(unpacked(call, 3))
}

/** What other recurrent layers are told by settings. */
const FIXED: JsonObject = {
  activation: 'tanh',
  recurrent_activation: 'sigmoid',
  use_bias: true,
  reset_after: true,
}

/** `call` as if it were one of a layer that any machine can run. */
function unpacked(call: LayerCall, count: 3 | 4): LayerCall {
  const { graph, settings } = call
  if (call.mask()) throw settings.wrong('mask', true, 'none, as in Keras')
  return {
    ...call,
    settings: settings.with(FIXED),
    weight: (name, shape) => {
      if (name !== 'bias') return unpackedKernel(call, call.weight(name, shape), count)
      const units = settings.integer('units', -1)
      const both = call.weight('bias', [2 * count * units])
      const rows = reshapeConstant(graph, both, [2, count * units])
      // A GRU tells the biases of input and state apart.
      if (count === 3) return rows
      return reduce(graph, rows, { op: 'ReduceSum', axes: [0], keepsAxes: false })
    },
  }
}

/** Each gate's part, [rows, units], holds the numbers of a matrix [units, rows], one after the other. */
function unpackedKernel({ graph }: LayerCall, kernel: Value, count: number): Value {
  const [rows = 1, width = 1] = kernel.shape
  const units = width / count
  const apart = reshapeConstant(graph, kernel, [rows, count, units])
  const gates = transpose(graph, apart, [1, 0, 2])
  const reread = reshapeConstant(graph, gates, [count, units, rows])
  return reshapeConstant(graph, transpose(graph, reread, [2, 0, 1]), [rows, width])
}
