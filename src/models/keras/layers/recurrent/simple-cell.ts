import { binary, matMul } from '../../../onnx/operators.ts'
import type { LayerCall } from '../../layer-kind.ts'
import { activate } from '../activation.ts'
import { type Cell, nth } from './cell.ts'
import {
  gateBias,
  inputKernel,
  operatorBias,
  operatorKernel,
  project,
  readGates,
  stateKernel,
} from './gates.ts'
import { activationAttributes } from './operator-activation.ts'

/** The cell of keras.layers.SimpleRNN: its output is its state. */
export function simpleCell(call: LayerCall): Cell {
  const gates = readGates(call, 1)
  const { units } = gates
  const attributes = activationAttributes(call, ['activation'])
  return {
    states: [[-1, units]],
    output: 0,
    prepare: (graph, input) => project(gates, graph, { input, bias: gateBias(gates) }),
    step: (graph, input, states) => {
      const product = matMul(graph, nth(states, 0), stateKernel(gates))
      return [activate({ ...call, graph }, binary(graph, 'Add', [input, product]))]
    },
    ...(attributes && {
      operator: {
        op: 'RNN',
        units,
        attributes,
        weights: (features) => [
          operatorKernel(gates, inputKernel(gates, features)),
          operatorKernel(gates, stateKernel(gates)),
          operatorBias(gates),
        ],
      },
    }),
  }
}
