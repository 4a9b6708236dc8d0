import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, matMul, reshapeConstant } from '../../../onnx/operators.ts'
import type { LayerCall } from '../../layer-kind.ts'
import { activate } from '../activation.ts'
import { type Cell, nth } from './cell.ts'
import {
  type Gates,
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

/**
 * The cell of keras.layers.GRU: its gates are update, reset and candidate, as in ONNX. What is reset
 * is the state, or (`reset_after`) what the candidate takes from it, which then has a bias of its own.
 */
export function gruCell(call: LayerCall): Cell {
  const gates = readGates(call, 3)
  const { units } = gates
  const isResetAfter = call.settings.flag('reset_after', false)
  const attributes = activationAttributes(call, ['recurrent_activation', 'activation'])
  return {
    states: [[-1, units]],
    output: 0,
    prepare: (graph, input) => {
      const bias = isResetAfter ? biasPart(gates, 0) : gateBias(gates)
      return project(gates, graph, { input, bias })
    },
    step: (graph, input, states) => {
      const state = nth(states, 0)
      const inner = isResetAfter ? resetAfter : resetBefore
      const { update, candidate } = inner(gates, graph, { input, state })
      const rest = binary(graph, 'Sub', [graph.scalar(1), update])
      const kept = binary(graph, 'Mul', [update, state])
      return [binary(graph, 'Add', [kept, binary(graph, 'Mul', [rest, candidate])])]
    },
    ...(attributes && {
      operator: {
        op: 'GRU',
        units,
        attributes: { ...attributes, linear_before_reset: { int: isResetAfter ? 1 : 0 } },
        weights: (features) => [
          operatorKernel(gates, inputKernel(gates, features)),
          operatorKernel(gates, stateKernel(gates)),
          isResetAfter ? bothBiases(gates) : operatorBias(gates),
        ],
      },
    }),
  }
}

/** What a step is made of: the input's part in the gates, and the state before. */
interface Step {
  readonly input: Value
  readonly state: Value
}

interface Opened {
  readonly update: Value
  readonly candidate: Value
}

function resetAfter(gates: Gates, graph: Graph, { input, state }: Step): Opened {
  const call = { ...gates.call, graph }
  const product = matMul(graph, state, stateKernel(gates))
  const bias = biasPart(gates, 1)
  const ofState = split(graph, bias ? binary(graph, 'Add', [product, bias]) : product, 3)
  const ofInput = split(graph, input, 3)
  const gate = (index: number) =>
    activate(call, binary(graph, 'Add', [nth(ofInput, index), nth(ofState, index)]), RECURRENT)
  const reset = binary(graph, 'Mul', [gate(1), nth(ofState, 2)])
  const candidate = activate(call, binary(graph, 'Add', [nth(ofInput, 2), reset]))
  return { update: gate(0), candidate }
}

function resetBefore(gates: Gates, graph: Graph, { input, state }: Step): Opened {
  const call = { ...gates.call, graph }
  const { units } = gates
  const kernel = stateKernel(gates)
  const ofInput = split(graph, input, 3)
  // Outside of the loop.
  const kernels = split(gates.call.graph, kernel, 3)
  const gate = (index: number) => {
    const product = matMul(graph, state, nth(kernels, index))
    return activate(call, binary(graph, 'Add', [nth(ofInput, index), product]), RECURRENT)
  }
  const reset = graph.add({ op: 'Mul', inputs: [gate(1), state], shape: [-1, units] })
  const sum = binary(graph, 'Add', [nth(ofInput, 2), matMul(graph, reset, nth(kernels, 2))])
  return { update: gate(0), candidate: activate(call, sum) }
}

const RECURRENT = 'recurrent_activation'

/** The biases of input and state that `reset_after` keeps one below the other: [1, 6 * units]. */
function bothBiases(gates: Gates): Value | undefined {
  const { call, units } = gates
  if (!call.settings.flag('use_bias', true)) return undefined
  return reshapeConstant(call.graph, call.weight('bias', [2, 3 * units]), [1, 6 * units])
}

/** One of the two: 0 is the input's, 1 the state's; [3 * units]. */
function biasPart({ call, units }: Gates, index: 0 | 1): Value | undefined {
  const { graph } = call
  if (!call.settings.flag('use_bias', true)) return undefined
  const bias = call.weight('bias', [2, 3 * units])
  const inputs = [bias, graph.integer(index)]
  const attributes = { axis: { int: 0 } }
  return graph.add({ op: 'Gather', inputs, attributes, shape: [3 * units] })
}
