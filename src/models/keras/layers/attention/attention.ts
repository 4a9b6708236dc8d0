import type { Graph, Value } from '../../../onnx/graph.ts'
import {
  binary,
  cast,
  matMul,
  reduce,
  swapLast,
  toFloat,
  unary,
  unsqueeze,
  where,
} from '../../../onnx/operators.ts'
import { tensorsIn } from '../../arguments.ts'
import { knownSize, type LayerCall, type LayerKind, weightSlots } from '../../layer-kind.ts'
import { allOf, argumentOf, causalMask, flagArgument } from './attention-mask.ts'
import { maskedSoftmax } from './masked-softmax.ts'

/** keras.layers.Attention: by the product of queries and keys, or by the tanh of their sum. */
export const attention: LayerKind = {
  mask: queryMask,
  weights: (settings) =>
    weightSlots([
      ...(settings.flag('use_scale', false) ? ['scale'] : []),
      ...(settings.any('score_mode') === 'concat' ? ['concat_score_weight'] : []),
    ]),
  convert: (call) => {
    const { graph, settings } = call
    const scale = settings.flag('use_scale', false) ? call.weight('scale', []) : undefined
    const mode = settings.choice('score_mode', ['dot', 'concat'])
    return attend(call, ({ query, key }) => {
      if (mode === 'dot') {
        const product = matMul(graph, query, swapLast(graph, key))
        return scale ? binary(graph, 'Mul', [product, scale]) : product
      }
      const sum = sumOfPairs(call, query, key)
      const scaled = scale ? binary(graph, 'Mul', [scale, sum]) : sum
      const score = sumLast(graph, unary(graph, scaled, { op: 'Tanh' }))
      return binary(graph, 'Mul', [call.weight('concat_score_weight', []), score])
    })
  },
}

/** keras.layers.AdditiveAttention (Bahdanau et al. 2015): by the tanh of the sum of query and key. */
export const additiveAttention: LayerKind = {
  mask: queryMask,
  weights: (settings) => weightSlots(settings.flag('use_scale', true) ? ['scale'] : []),
  convert: (call) => {
    const { graph, settings } = call
    const isScaled = settings.flag('use_scale', true)
    return attend(call, ({ query, key }) => {
      const bent = unary(graph, sumOfPairs(call, query, key), { op: 'Tanh' })
      if (!isScaled) return sumLast(graph, bent)
      const scale = call.weight('scale', [knownSize(call, query, -1)])
      return sumLast(graph, binary(graph, 'Mul', [scale, bent]))
    })
  },
}

/** What is asked, and what answers. */
interface Pair {
  readonly query: Value
  readonly key: Value
}

/** The values, weighted by how queries and keys fit; and the weights too, where the call wants them. */
function attend(call: LayerCall, score: (pair: Pair) => Value): readonly Value[] {
  const { graph, settings } = call
  for (const training of ['dropout', 'seed']) settings.any(training)
  const [query, value, key = value] = inputsOf(call).map((input) => toFloat(graph, input))
  if (!query || !value || !key || query.shape.length < 3) {
    throw settings.refuse(`takes [query, value] or [query, value, key]`)
  }
  const scores = score({ query, key })
  const rank = scores.shape.length
  const isCausal = settings.flag('causal', false) || flagArgument(call, 4, 'use_causal_mask')
  const [queries, values] = [maskOf(call, 0), maskOf(call, 1)]
  const steps = { value: scores, axis: rank - 1 }
  const mask = allOf(graph, [
    values && unsqueeze(graph, values, [values.shape.length - 1]),
    isCausal ? causalMask(graph, [{ value: scores, axis: rank - 2 }, steps]) : undefined,
  ])
  const weights = maskedSoftmax(graph, scores, { mask, ruledOut: 'shifted' })
  const result = matMul(graph, weights, value)
  const output = queries
    ? where(graph, unsqueeze(graph, queries, [queries.shape.length]), [result, graph.scalar(0)])
    : result
  return flagArgument(call, 3, 'return_attention_scores') ? [output, weights] : [output]
}

/** The inputs are one list; in Keras 2 nothing shows where it ends, as masks have no place of their own. */
function inputsOf({ positional, inputs, kerasMajor }: LayerCall): readonly Value[] {
  return kerasMajor < 3 ? inputs : tensorsIn(positional.slice(0, 1))
}

/** The mask at `index` of the list of masks, else what the input implies. */
function maskOf(call: LayerCall, index: number): Value | undefined {
  const given = call.kerasMajor < 3 ? undefined : argumentOf(call, 1, 'mask')
  if (given?.kind !== 'list') return call.mask(index)
  const own = given.items[index]
  if (!own || (own.kind === 'literal' && own.value === null)) return undefined
  if (own.kind !== 'tensor') throw call.keywords.wrong('mask')
  return cast(call.graph, own.tensor, 'BOOL')
}

function queryMask(call: LayerCall): Value | undefined {
  return maskOf(call, 0)
}

/** Each query plus each key: [batch, queries, keys, features]. */
function sumOfPairs({ graph }: LayerCall, query: Value, key: Value): Value {
  return binary(graph, 'Add', [
    unsqueeze(graph, query, [query.shape.length - 1]),
    unsqueeze(graph, key, [key.shape.length - 2]),
  ])
}

function sumLast(graph: Graph, value: Value): Value {
  return reduce(graph, value, { op: 'ReduceSum', axes: [value.shape.length - 1], keepsAxes: false })
}
