import { isFloat } from '../../../core/tensor.ts'
import type { Value } from '../../onnx/graph.ts'
import { binary, compare, elementwise, toFloat, unary, where } from '../../onnx/operators.ts'
import { ACTIVATION_NAMES, clip, namedActivation } from '../activations.ts'
import { tensorsIn } from '../arguments.ts'
import { isObject, own } from '../json.ts'
import { Keywords } from '../keywords.ts'
import {
  type LayerCall,
  type LayerKind,
  onlyInput,
  onlyOutput,
  sampleAxis,
  weightSlots,
} from '../layer-kind.ts'
import { Settings } from '../settings.ts'
import { givenMask, tensorArgument } from './attention/attention-mask.ts'
import { maskedSoftmax } from './attention/masked-softmax.ts'

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
    const result = onlyOutput(kind.convert(callOf(call, inner, value)))
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

/** A layer as a function of `value` alone: the keywords and masks of the outer call are not its own. */
function callOf(call: LayerCall, settings: Settings, value: Value): LayerCall {
  return {
    ...call,
    settings,
    inputs: [value],
    positional: [{ kind: 'tensor', tensor: value }],
    keywords: new Keywords(new Map(), settings.place),
    mask: () => undefined,
  }
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
    const input = onlyInput(call)
    // Keras rounds the slope to an integer, too.
    if (slope !== 0 && !isFloat(input.datatype)) throw settings.refuse('has a slope for integers')
    return elementwise(graph, toFloat(graph, input), (value) => {
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
  const above = compare(graph, 'Greater', [value, graph.scalar(threshold)])
  return where(graph, above, [value, graph.scalar(0)])
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

/** Keras 2's ThresholdedReLU: what is not above `theta` is 0. */
export const thresholdedRelu: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    const { graph, settings } = call
    const theta = settings.number('theta', 1)
    return elementwise(graph, toFloat(graph, onlyInput(call)), (value) =>
      whereAbove(call, value, theta),
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

/** keras.layers.Softmax, along one axis or several together, under a mask of as many axes. */
export const softmax: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    const { graph, settings, kerasMajor } = call
    // A mask may be the second argument.
    const inputs = tensorsIn(call.positional.slice(0, 1))
    const value = toFloat(graph, onlyInput({ ...call, inputs }))
    const axes = (settings.integers('axis') ?? [-1]).map((axis) => sampleAxis(call, value, axis))
    if (axes.length === 0) throw settings.wrong('axis', axes, 'an axis')
    const given = tensorArgument(call, 1, 'mask') ?? call.mask()
    if (given && given.shape.length !== value.shape.length) throw call.keywords.wrong('mask')
    const mask = given && boolMask(call, given)
    return maskedSoftmax(graph, value, {
      mask,
      axes,
      ruledOut: kerasMajor < 3 ? 'shifted' : 'zero',
    })
  },
}

/** Keras 3 lets count what is above a half; Keras 2 takes fractions for what they are. */
function boolMask(call: LayerCall, mask: Value): Value {
  if (call.kerasMajor < 3 || !isFloat(mask.datatype)) {
    return givenMask(call, 'mask', mask) ?? mask
  }
  return compare(call.graph, 'Greater', [toFloat(call.graph, mask), call.graph.scalar(0.5)])
}

/** The layers that may stand in for the name of an activation: those without weights. */
const AS_ACTIVATION: ReadonlyMap<string, LayerKind> = new Map([
  ['ReLU', relu],
  ['LeakyReLU', leakyRelu],
  ['ELU', elu],
  ['ThresholdedReLU', thresholdedRelu],
  ['Softmax', softmax],
  ['Activation', activation],
])
