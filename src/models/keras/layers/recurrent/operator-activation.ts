import type { Attribute } from '../../../onnx/graph.ts'
import { isObject, own } from '../../json.ts'
import type { LayerCall } from '../../layer-kind.ts'

/** An activation as ONNX's recurrent operators know it; `alpha` and `beta` where they take any. */
interface OperatorActivation {
  readonly name: string
  readonly alpha?: number
  readonly beta?: number
}

/**
 * How an ONNX LSTM, GRU or RNN is told of the activations that the settings `keys` name. Undefined
 * where it knows none of that name.
 */
export function activationAttributes(
  call: LayerCall,
  keys: readonly string[],
): Readonly<Record<string, Attribute>> | undefined {
  const found: OperatorActivation[] = []
  for (const key of keys) {
    const given = call.settings.any(key) ?? 'linear'
    const isFunction = isObject(given) && own(given, 'class_name') === 'function'
    const name = String(isFunction ? own(given, 'config') : given)
    const activation =
      name === 'hard_sigmoid' ? hardSigmoid(call.kerasMajor) : ACTIVATIONS.get(name)
    if (!activation) return undefined
    found.push(activation)
  }
  // ONNX Runtime takes the numbers in turn, for those activations only that have any.
  return {
    activations: { texts: found.map(({ name }) => name) },
    activation_alpha: { floats: found.flatMap(({ alpha }) => alpha ?? []) },
    activation_beta: { floats: found.flatMap(({ beta }) => beta ?? []) },
  }
}

function hardSigmoid(kerasMajor: number): OperatorActivation {
  return { name: 'HardSigmoid', alpha: kerasMajor < 3 ? 0.2 : 1 / 6, beta: 0.5 }
}

const ACTIVATIONS: ReadonlyMap<string, OperatorActivation> = new Map([
  ['elu', { name: 'Elu', alpha: 1 }],
  ['leaky_relu', { name: 'LeakyRelu', alpha: 0.2 }],
  ['linear', { name: 'Affine', alpha: 1, beta: 0 }],
  ['relu', { name: 'Relu' }],
  ['sigmoid', { name: 'Sigmoid' }],
  ['softplus', { name: 'Softplus' }],
  ['softsign', { name: 'Softsign' }],
  ['sparse_sigmoid', { name: 'HardSigmoid', alpha: 0.5, beta: 0.5 }],
  ['tanh', { name: 'Tanh' }],
])
