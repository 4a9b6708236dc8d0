import { elementCount } from '../../../core/tensor.ts'
import { CATEGORIES_MAX } from '../../limits.ts'
import type { Value } from '../../onnx/graph.ts'
import { binary, cast, compare, reduce, reshape, toFloat, unsqueeze } from '../../onnx/operators.ts'
import { type LayerCall, type LayerKind, onlyInput } from '../layer-kind.ts'
import { readNumbers } from '../numbers.ts'

/** keras.layers.CategoryEncoding of integers from 0 on; others count as no category. */
export const categoryEncoding: LayerKind = {
  convert: (call) => {
    const { settings, keywords } = call
    settings.only('sparse', false)
    const mode = settings.choice('output_mode', ['multi_hot', 'one_hot', 'count'])
    const [categories, ...rest] = call.inputs
    const weights = rest[0] ?? keywords.tensor('count_weights')
    if (!categories || rest.length > 1) throw settings.refuse(`takes one input`)
    if (weights && mode !== 'count') throw keywords.wrong('count_weights')
    return encode(call, { categories, weights, mode, depth: settings.integer('num_tokens', 0) })
  },
}

/** keras.layers.Discretization: in which of the bins between given boundaries a number is. */
export const discretization: LayerKind = {
  convert: (call) => {
    const { graph, settings, kerasMajor } = call
    settings.only('sparse', false)
    for (const adapting of ['num_bins', 'epsilon']) settings.any(adapting)
    const boundaries = readNumbers(settings, 'bin_boundaries')
    if (boundaries?.shape.length !== 1 || !isSorted([...boundaries.data].map(Number))) {
      throw settings.wrong('bin_boundaries', settings.any('bin_boundaries'), 'rising numbers')
    }
    const value = toFloat(graph, onlyInput(call))
    const rank = value.shape.length
    const each = unsqueeze(graph, value, [rank])
    const reached = compare(graph, 'GreaterOrEqual', [each, graph.constant(boundaries)])
    const bins = reduce(graph, toFloat(graph, reached), {
      op: 'ReduceSum',
      axes: [rank],
      keepsAxes: false,
    })
    const mode = settings.choice('output_mode', ['int', 'one_hot', 'multi_hot', 'count'])
    if (mode === 'int') return cast(graph, bins, kerasMajor < 3 ? integerType(call) : 'INT32')
    return encode(call, { categories: bins, mode, depth: elementCount(boundaries.shape) + 1 })
  },
}

function isSorted(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number >= (numbers[index - 1] ?? number))
}

/** Keras 2 gives bins in the layer's own datatype. */
function integerType({ settings }: LayerCall): 'INT32' | 'INT64' | 'FP32' {
  const dtype = settings.any('dtype') ?? 'int64'
  if (dtype === 'float32') return 'FP32'
  return settings.choice('dtype', ['int64', 'int32']) === 'int32' ? 'INT32' : 'INT64'
}

interface Encoding {
  readonly categories: Value
  readonly weights?: Value | undefined
  readonly mode: 'one_hot' | 'multi_hot' | 'count'
  readonly depth: number
}

/** One number a category: for each element, or for all along the second axis together. */
function encode(call: LayerCall, { categories, weights, mode, depth }: Encoding): Value {
  const { graph, settings, kerasMajor } = call
  if (depth < 1 || depth > CATEGORIES_MAX) {
    throw settings.wrong('num_tokens', depth, `1 to ${CATEGORIES_MAX}`)
  }
  const rank = categories.shape.length
  const isTooDeep =
    kerasMajor < 3 && (rank > 2 || (mode === 'one_hot' && categories.shape[1] !== 1))
  if (rank < 2 || isTooDeep) {
    throw settings.refuse(
      `takes [${categories.shape.join(', ')}], which it cannot encode as ${mode}`,
    )
  }
  const isSingle = mode === 'one_hot' && categories.shape.at(-1) === 1
  const values = isSingle ? reshape(graph, categories, categories.shape.slice(0, -1)) : categories
  const each = unsqueeze(graph, cast(graph, values, 'INT64'), [values.shape.length])
  const range = BigInt64Array.from({ length: depth }, (_, index) => BigInt(index))
  const known = graph.constant({ datatype: 'INT64', shape: [depth], data: range })
  const hot = toFloat(graph, compare(graph, 'Equal', [each, known]))
  if (mode === 'one_hot') return hot
  const together = { axes: [1], keepsAxes: false }
  if (mode === 'multi_hot') return reduce(graph, hot, { op: 'ReduceMax', ...together })
  const factor = weights && unsqueeze(graph, toFloat(graph, weights), [weights.shape.length])
  const counted = factor ? binary(graph, 'Mul', [hot, factor]) : hot
  return reduce(graph, counted, { op: 'ReduceSum', ...together })
}
