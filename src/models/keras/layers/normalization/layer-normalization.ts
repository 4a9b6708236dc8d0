import { elementCount } from '../../../../core/tensor.ts'
import type { Value } from '../../../onnx/graph.ts'
import { binary, reduce, reshapeConstant, transpose, unary } from '../../../onnx/operators.ts'
import {
  knownSize,
  type LayerCall,
  type LayerKind,
  sampleAxis,
  weightSlots,
} from '../../layer-kind.ts'
import type { Settings } from '../../settings.ts'
import { floatInput } from './float-input.ts'

/** keras.layers.LayerNormalization: each sample by its own mean and variance, along one axis or several. */
export const layerNormalization: LayerKind = {
  mask: 'passes',
  weights: (settings) => weightSlots(weightsOf(settings)),
  convert: (call) => {
    const { graph, settings } = call
    const input = floatInput(call)
    const { axes, sizes } = readAxes(call, input)
    const names = weightsOf(settings)
    // ONNX normalises along the last axes.
    const others = input.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
    const toEnd = [...others, ...axes]
    const value = transpose(graph, input, toEnd)
    const normalized = { value, first: others.length }
    const shape = value.shape.slice(others.length)
    const weight = (name: string) =>
      names.includes(name) ? reshapeConstant(graph, call.weight(name, sizes), shape) : undefined
    const scale = weight('gamma')
    const result = settings.flag('rms_scaling', false)
      ? scaleByVariance(call, normalized, scale)
      : normalize(call, normalized, { scale, offset: weight('beta') })
    return transpose(
      graph,
      result,
      input.shape.map((_, axis) => toEnd.indexOf(axis)),
    )
  },
}

/** keras.layers.RMSNormalization: each sample over its root mean square. */
export const rmsNormalization: LayerKind = {
  weights: () => weightSlots(['scale']),
  convert: (call) => {
    const { graph, settings } = call
    const value = floatInput(call)
    const { axes, sizes } = readAxes(call, value)
    const square = binary(graph, 'Pow', [value, graph.scalar(2)])
    const mean = reduce(graph, square, { op: 'ReduceMean', axes, keepsAxes: true })
    const root = rootOf(call, mean, settings.number('epsilon', 1e-6))
    // Keras repeats the scale along the axes before, whichever axes it stands for.
    return binary(graph, 'Mul', [binary(graph, 'Div', [value, root]), call.weight('scale', sizes)])
  },
}

function weightsOf(settings: Settings): readonly string[] {
  const isByVariance = settings.flag('rms_scaling', false)
  const isScaled = settings.flag('scale', true) || isByVariance
  const isCentered = settings.flag('center', true) && !isByVariance
  return [...(isScaled ? ['gamma'] : []), ...(isCentered ? ['beta'] : [])]
}

/** The axes in order, and the sizes along them in the order in which weights have them. */
function readAxes(
  call: LayerCall,
  value: Value,
): { readonly axes: readonly number[]; readonly sizes: readonly number[] } {
  const { settings, kerasMajor } = call
  const given = settings.integers('axis') ?? [-1]
  // Keras 3 sorts them as they are, negative ones first; Keras 2 keeps their order.
  const ordered = (kerasMajor < 3 ? given : given.toSorted((a, b) => a - b)).map((axis) =>
    sampleAxis(call, value, axis),
  )
  if (ordered.length === 0 || new Set(ordered).size < ordered.length) {
    throw settings.wrong('axis', given, 'axes that differ')
  }
  const sizes = ordered.map((axis) => knownSize(call, value, axis))
  return { axes: ordered.toSorted((a, b) => a - b), sizes }
}

/** What is normalised along its axes from `first` on. */
interface Normalized {
  readonly value: Value
  readonly first: number
}

function normalize(
  { graph, settings }: LayerCall,
  { value, first }: Normalized,
  { scale, offset }: { readonly scale: Value | undefined; readonly offset: Value | undefined },
): Value {
  const shape = value.shape.slice(first)
  const ones = () => {
    const data = new Float32Array(elementCount(shape)).fill(1)
    return graph.constant({ datatype: 'FP32', shape, data })
  }
  return graph.add({
    op: 'LayerNormalization',
    inputs: [value, scale ?? ones(), ...(offset ? [offset] : [])],
    attributes: {
      axis: { int: first },
      epsilon: { float: settings.number('epsilon', 1e-3) },
    },
    shape: value.shape,
  })
}

/** Keras' `rms_scaling`: over the standard deviation, but without taking the mean away. */
function scaleByVariance(
  call: LayerCall,
  { value, first }: Normalized,
  scale: Value | undefined,
): Value {
  const { graph, settings } = call
  const axes = value.shape.map((_, axis) => axis).slice(first)
  const mean = (of: Value) => reduce(graph, of, { op: 'ReduceMean', axes, keepsAxes: true })
  const centered = binary(graph, 'Sub', [value, mean(value)])
  const variance = mean(binary(graph, 'Mul', [centered, centered]))
  const root = rootOf(call, variance, settings.number('epsilon', 1e-3))
  const result = binary(graph, 'Div', [value, root])
  return scale ? binary(graph, 'Mul', [result, scale]) : result
}

function rootOf({ graph }: LayerCall, square: Value, epsilon: number): Value {
  return unary(graph, binary(graph, 'Add', [square, graph.scalar(epsilon)]), { op: 'Sqrt' })
}
