import type { Value } from '../../onnx/graph.ts'
import { binary, elementwise, toFloat, unary } from '../../onnx/operators.ts'
import { ACTIVATION_NAMES, clip, namedActivation } from '../activations.ts'
import { isObject, own } from '../json.ts'
import {
  type LayerCall,
  type LayerKind,
  onlyInput,
  onlyOutput,
  sampleAxis,
  weightSlots,
} from '../layer-kind.ts'
import { Settings } from '../settings.ts'

/** Applies the activation that the layer's setting `key` names, or describes as a layer. */
export function activate(
  call: LayerCall,
  value: Value,
  key: 'activation' | 'recurrent_activation' = 'activation',
): Value {
  const { settings, graph, kerasMajor } = call
  const given = settings.any(key) ?? 'linear'
  const className = isObject(given) ? own(given, 'class_name') : undefined
  const config = isObject(given) ? own(given, 'config') : undefined
  const kind = typeof className === 'string' ? AS_ACTIVATION.get(className) : undefined
  if (kind && isObject(config)) {
    const inner = new Settings(config, settings.place)
    inner.precision()
    const result = onlyOutput(kind.convert({ ...call, settings: inner, inputs: [value] }))
    inner.checkAllRead()
    return result
  }
  // Keras 3 writes some functions as objects: { class_name: 'function', config: 'relu' }.
  const name = className === 'function' ? config : given
  const result =
    typeof name === 'string' ? namedActivation(graph, value, { name, kerasMajor }) : undefined
  if (!result) throw settings.wrong(key, name, ACTIVATION_NAMES.join(', '))
  return result
}

/** keras.layers.Activation */
export const activation: LayerKind = {
  mask: 'passes',
  convert: (call) => activate(call, onlyInput(call)),
}

/** keras.layers.ReLU: between 0 and `max_value` above `threshold`, a slope below it. */
export const relu: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    const { graph, settings } = call
    const slope = settings.number('negative_slope', 0)
    const threshold = settings.number('threshold', 0)
    const max =
      settings.any('max_value') === undefined ? undefined : settings.number('max_value', 0)
    return elementwise(graph, toFloat(graph, onlyInput(call)), (value) => {
      const above = threshold === 0 ? value : whereAbove(call, value, threshold)
      const clipped = clip(graph, above, max === undefined ? { min: 0 } : { min: 0, max })
      if (slope === 0) return clipped
      const below = unary(graph, binary(graph, 'Sub', [graph.scalar(threshold), value]), {
        op: 'Relu',
      })
      return binary(graph, 'Sub', [clipped, binary(graph, 'Mul', [graph.scalar(slope), below])])
    })
  },
}

function whereAbove({ graph }: LayerCall, value: Value, threshold: number): Value {
  const { shape } = value
  const inputs = [value, graph.scalar(threshold)]
  const above = graph.add({ op: 'Greater', inputs, shape, datatype: 'BOOL' })
  return graph.add({
    op: 'Where',
    inputs: [above, value, graph.scalar(0)],
    shape,
    datatype: 'FP32',
  })
}

/** keras.layers.LeakyReLU: the slope is called `alpha` in Keras 2, and 0.3 in both. */
export const leakyRelu: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    const { graph, settings } = call
    const slope = settings.number('negative_slope', settings.number('alpha', 0.3))
    return elementwise(graph, toFloat(graph, onlyInput(call)), (value) =>
      unary(graph, value, { op: 'LeakyRelu', alpha: { float: slope } }),
    )
  },
}

/** keras.layers.ELU */
export const elu: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    const { graph, settings } = call
    const alpha = settings.number('alpha', 1)
    return elementwise(graph, toFloat(graph, onlyInput(call)), (value) =>
      unary(graph, value, { op: 'Elu', alpha: { float: alpha } }),
    )
  },
}

/** keras.layers.PReLU: one slope an element, or one for all along `shared_axes`. */
export const prelu: LayerKind = {
  mask: 'passes',
  weights: () => weightSlots(['alpha']),
  convert: (call) => {
    const { graph, settings } = call
    const value = toFloat(graph, onlyInput(call))
    const shared = (settings.integers('shared_axes') ?? []).map((axis) =>
      sampleAxis(call, value, axis),
    )
    const shape = value.shape.slice(1).map((size, index) => (shared.includes(index + 1) ? 1 : size))
    const slope = call.weight('alpha', shape)
    return graph.add({ op: 'PRelu', inputs: [value, slope], shape: value.shape })
  },
}

/** keras.layers.Softmax, along one axis or several together. */
export const softmax: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    const { graph, settings } = call
    const value = toFloat(graph, onlyInput(call))
    const axes = (settings.integers('axis') ?? [-1]).map((axis) => sampleAxis(call, value, axis))
    const [axis, ...others] = axes
    if (axis === undefined) throw settings.wrong('axis', axes, 'an axis')
    if (others.length === 0) return unary(graph, value, { op: 'Softmax', axis: { int: axis } })
    const shape = value.shape.map((size, index) => (axes.includes(index) ? 1 : size))
    const reduce = (op: string, inner: Value) =>
      graph.add({ op, inputs: [inner, graph.integers(axes)], shape })
    const largest = reduce('ReduceMax', value)
    const powers = unary(graph, binary(graph, 'Sub', [value, largest]), { op: 'Exp' })
    return binary(graph, 'Div', [powers, reduce('ReduceSum', powers)])
  },
}

/** The layers that may stand in for the name of an activation: those without weights. */
const AS_ACTIVATION: ReadonlyMap<string, LayerKind> = new Map([
  ['ReLU', relu],
  ['LeakyReLU', leakyRelu],
  ['ELU', elu],
  ['Softmax', softmax],
  ['Activation', activation],
])
