import type { Value } from '../../onnx/graph.ts'
import { binary, reshapeConstant, toFloat, unary } from '../../onnx/operators.ts'
import {
  knownSize,
  type LayerCall,
  type LayerKind,
  onlyInput,
  sampleAxis,
  weightSlots,
} from '../layer-kind.ts'
import { readNumbers } from '../numbers.ts'
import type { Settings } from '../settings.ts'

/** keras.layers.Rescaling: scale and offset are numbers, or lists along the last axis. */
export const rescaling: LayerKind = {
  mask: 'passes',
  convert: (call) => {
    const { graph, settings } = call
    settings.only('data_format', 'channels_last')
    const value = toFloat(graph, onlyInput(call))
    const term = (key: string, fallback: number) => {
      const numbers = readNumbers(settings, key)
      return numbers && numbers.shape.length > 0
        ? graph.constant(numbers)
        : graph.scalar(settings.number(key, fallback))
    }
    const scaled = binary(graph, 'Mul', [value, term('scale', 1)])
    return binary(graph, 'Add', [scaled, term('offset', 0)])
  },
}

/** keras.layers.Normalization by a mean and variance that are given, or that `adapt` found. */
export const normalization: LayerKind = {
  mask: 'passes',
  weights: (settings) =>
    isAdapted(settings)
      ? weightSlots(['mean', 'variance', 'count']).map((slot) => ({ ...slot, isFixed: true }))
      : [],
  convert: (call) => {
    const { graph, settings } = call
    const value = toFloat(graph, onlyInput(call))
    const kept = (settings.integers('axis') ?? [-1])
      .map((axis) => sampleAxis(call, value, axis))
      .toSorted((a, b) => a - b)
    const term = isAdapted(settings) ? adapted : given
    const mean = term(call, value, { key: 'mean', kept })
    const variance = term(call, value, { key: 'variance', kept })
    const root = unary(graph, variance, { op: 'Sqrt' })
    const deviation = binary(graph, 'Max', [root, graph.scalar(EPSILON)])
    if (settings.flag('invert', false)) {
      return binary(graph, 'Add', [mean, binary(graph, 'Mul', [value, deviation])])
    }
    return binary(graph, 'Div', [binary(graph, 'Sub', [value, mean]), deviation])
  },
}

/** keras.backend.epsilon() */
const EPSILON = 1e-7

/** Which of the terms, and the axes that it differs along. */
interface Term {
  readonly key: 'mean' | 'variance'
  readonly kept: readonly number[]
}

function isAdapted(settings: Settings): boolean {
  return settings.any('mean') === undefined
}

function adapted(call: LayerCall, value: Value, { key, kept }: Term): Value {
  const sizes = kept.map((axis) => knownSize(call, value, axis))
  const shape = value.shape.map((_, axis) =>
    kept.includes(axis) ? knownSize(call, value, axis) : 1,
  )
  return reshapeConstant(call.graph, call.weight(key, sizes), shape)
}

/** Numbers of a setting: their last axis is the last that is kept, and so on. */
function given(call: LayerCall, value: Value, { key, kept }: Term): Value {
  const { graph, settings } = call
  const numbers = readNumbers(settings, key)
  if (!numbers || numbers.shape.length > kept.length) {
    throw settings.wrong(key, settings.any(key), `numbers of at most ${kept.length} axes`)
  }
  const shape = value.shape.map(() => 1)
  for (const [index, size] of numbers.shape.entries()) {
    shape[kept[index - numbers.shape.length + kept.length] ?? 0] = size
  }
  return graph.constant({ ...numbers, shape })
}
