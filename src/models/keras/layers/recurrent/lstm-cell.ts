import type { Graph, Value } from '../../../onnx/graph.ts'
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
  split,
  stateKernel,
} from './gates.ts'
import { activationAttributes } from './operator-activation.ts'

/** Keras has the gates in the order input, forget, carry, output; ONNX input, output, forget, carry. */
const OPERATOR_ORDER: readonly number[] = [0, 3, 1, 2]

/** The cell of keras.layers.LSTM: its states are output and carry. */
export function lstmCell(call: LayerCall): Cell {
  const gates = readGates(call, 4)
  const { units } = gates
  const attributes = activationAttributes(call, [
    'recurrent_activation',
    'activation',
    'activation',
  ])
  return {
    states: [
      [-1, units],
      [-1, units],
    ],
    output: 0,
    prepare: (graph, input) => project(gates, graph, { input, bias: gateBias(gates) }),
    step: (graph, input, states) => {
      const fromState = matMul(graph, nth(states, 0), stateKernel(gates))
      const sum = binary(graph, 'Add', [input, fromState])
      return lstmStates({ ...call, graph }, split(graph, sum, 4), nth(states, 1))
    },
    ...(attributes && {
      operator: {
        op: 'LSTM',
        units,
        attributes,
        weights: (features) => [
          operatorKernel(gates, inputKernel(gates, features), OPERATOR_ORDER),
          operatorKernel(gates, stateKernel(gates), OPERATOR_ORDER),
          operatorBias(gates, OPERATOR_ORDER),
        ],
      },
    }),
  }
}

/** Output and carry after a step, from the sums of the gates (input, forget, carry, output). */
export function lstmStates(
  call: LayerCall,
  sums: readonly Value[],
  carry: Value,
): readonly [output: Value, carry: Value] {
  const { graph } = call
  const gate = (index: number) => activate(call, nth(sums, index), 'recurrent_activation')
  const kept = product(graph, gate(1), carry)
  const added = product(graph, gate(0), activate(call, nth(sums, 2)))
  const next = binary(graph, 'Add', [kept, added])
  return [product(graph, gate(3), activate(call, next)), next]
}

function product(graph: Graph, left: Value, right: Value): Value {
  return binary(graph, 'Mul', [left, right])
}
