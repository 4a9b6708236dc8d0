import type { Value } from '../../../onnx/graph.ts'
import { binary, toFloat, unary, unsqueeze } from '../../../onnx/operators.ts'
import { type LayerCall, type LayerKind, sampleAxis, type WeightSlot } from '../../layer-kind.ts'
import type { Settings } from '../../settings.ts'
import {
  allOf,
  argumentOf,
  causalMask,
  flagArgument,
  givenMask,
  type Steps,
  tensorArgument,
  windowMask,
} from './attention-mask.ts'
import { attendHeads, project } from './heads.ts'
import type { RuledOut } from './masked-softmax.ts'

/** keras.layers.MultiHeadAttention, along one axis or several. */
export const multiHeadAttention: LayerKind = {
  mask: (call, output) => call.masks.get(output),
  weights: projections,
  convert: (call) => {
    const { settings } = call
    // Keras 2 notes what it was built for.
    for (const built of ['query_shape', 'key_shape', 'value_shape']) settings.any(built)
    const inputs = readInputs(call)
    const heads = positive(settings, 'num_heads')
    const size = positive(settings, 'key_dim')
    const sizes = { query: [heads, size], key: [heads, size] }
    const value = settings.any('value_dim') === undefined ? size : positive(settings, 'value_dim')
    const outputs = attend(call, inputs, {
      sizes: { ...sizes, value: [heads, value], gate: [heads, value] },
      output: settings.integers('output_shape'),
      axes: readAxes(call, inputs.query),
    })
    takeMasks(call, inputs, outputs[0])
    return outputs
  },
}

/** keras.layers.GroupQueryAttention: several heads of queries share one of keys and values. */
export const groupQueryAttention: LayerKind = {
  mask: queryMask,
  weights: projections,
  convert: (call) => {
    const { settings } = call
    const inputs = readInputs(call)
    if (inputs.query.shape.length !== 3) {
      throw settings.refuse(`takes [batch, time, features]`)
    }
    const size = positive(settings, 'head_dim')
    const heads = positive(settings, 'num_query_heads')
    const shared = positive(settings, 'num_key_value_heads')
    if (heads % shared !== 0)
      throw settings.wrong('num_query_heads', heads, `a multiple of ${shared}`)
    return attend(call, inputs, {
      sizes: {
        query: [heads, size],
        key: [shared, size],
        value: [shared, size],
        gate: [heads, size],
      },
      output: undefined,
      axes: [1],
    })
  },
}

/** The parts in the order in which `.h5` files have their weights. */
function projections(settings: Settings): readonly WeightSlot[] {
  const parts = settings.flag('use_gate', false)
    ? ['query', 'key', 'gate', 'value', 'output']
    : ['query', 'key', 'value', 'output']
  const names = settings.flag('use_bias', true) ? ['kernel', 'bias'] : ['kernel']
  return parts.flatMap((part) =>
    names.map((name, index) => ({
      name: `${part}/${name}`,
      stored: `${part}_dense/vars/${index}`,
      storedInKeras2: `_${part}_dense/vars/${index}`,
    })),
  )
}

interface Inputs {
  readonly query: Value
  readonly value: Value
  readonly key: Value | undefined
}

function readInputs(call: LayerCall): Inputs {
  const query = tensorArgument(call, 0, 'query')
  const value = tensorArgument(call, 1, 'value')
  const key = tensorArgument(call, 2, 'key')
  if (!query || !value) throw call.settings.refuse(`takes a query and a value`)
  const ranks = new Set([query, value, key ?? value].map(({ shape }) => shape.length))
  if (ranks.size > 1 || query.shape.length < 3) {
    throw call.settings.refuse(`takes tensors of [batch, …, features]`)
  }
  return { query, value, key }
}

/** Where to look, by axes of the query; all between the batch and the features if none is given. */
function readAxes(call: LayerCall, query: Value): readonly number[] {
  const all = [...query.shape.keys()].slice(1, -1)
  const given = call.settings.integers('attention_axes')
  const axes = given?.map((axis) => sampleAxis(call, query, axis)) ?? all
  const isKnown = axes.length > 0 && axes.every((axis) => all.includes(axis))
  const isKept = call.kerasMajor >= 3 || !given?.some((axis) => axis < 0)
  if (!isKnown || !isKept || new Set(axes).size < axes.length) {
    throw call.settings.wrong('attention_axes', given, `some of ${all.join(', ')}`)
  }
  return axes
}

interface Shapes {
  readonly sizes: Readonly<Record<'query' | 'key' | 'value' | 'gate', readonly number[]>>
  /** Of the result, in place of the features of the query; those themselves if absent. */
  readonly output: readonly number[] | undefined
  readonly axes: readonly number[]
}

function attend(
  call: LayerCall,
  inputs: Inputs,
  { sizes, output, axes }: Shapes,
): readonly Value[] {
  const { graph, settings } = call
  settings.any('seed')
  const query = toFloat(graph, inputs.query)
  const value = toFloat(graph, inputs.value)
  const key = inputs.key ? toFloat(graph, inputs.key) : value
  const part = (name: keyof typeof sizes, from: Value) =>
    project(call, from, { name, summed: 1, sizes: sizes[name] })
  const [count] = sizes.query
  const keys = repeatHeads(call, part('key', key), count)
  const values = repeatHeads(call, part('value', value), count)
  const isScored = flagArgument(call, call.kerasMajor < 3 ? 4 : 7, 'return_attention_scores')
  const found = attendHeads(
    call,
    { query: part('query', query), key: keys, value: values },
    { axes, mask: maskOf(call, inputs, axes), ruledOut: ruledOut(call, query, isScored) },
  )
  const gated = settings.flag('use_gate', false)
    ? binary(graph, 'Mul', [found.output, unary(graph, part('gate', query), { op: 'Sigmoid' })])
    : found.output
  const features = output ?? query.shape.slice(-1)
  const result = project(call, gated, { name: 'output', summed: 2, sizes: features })
  return isScored ? [result, found.weights] : [result]
}

/** Keras 3 goes two ways, which differ only where a mask leaves a query nothing to look at. */
function ruledOut(call: LayerCall, query: Value, isScored: boolean): RuledOut {
  const dropout = call.settings.number('dropout', 0)
  if (call.kerasMajor < 3) return 'shifted'
  return dropout > 0 || isScored || query.shape.length !== 3 ? 'zero' : 'lowest'
}

/** What masks of the inputs, of the call and of the settings leave: [batch, queries, keys]. */
function maskOf(call: LayerCall, inputs: Inputs, axes: readonly number[]): Value | undefined {
  const { graph, settings, kerasMajor } = call
  const isBefore3 = kerasMajor < 3
  const attention = tensorArgument(call, isBefore3 ? 3 : 6, 'attention_mask')
  const query = call.masks.get(inputs.query)
  const others = masksOfKeys(call, inputs)
  const isCausal = flagArgument(call, isBefore3 ? 6 : 9, 'use_causal_mask')
  const hasWindow = settings.any('sliding_window') !== undefined
  const steps: readonly [Steps, Steps] = [
    { value: inputs.query, axis: 1 },
    { value: inputs.value, axis: 1 },
  ]
  const implied = [
    query && unsqueeze(graph, query, [2]),
    ...others.map((mask) => mask && unsqueeze(graph, mask, [1])),
    isCausal ? causalMask(graph, steps) : undefined,
    hasWindow ? windowMask(graph, steps, positive(settings, 'sliding_window')) : undefined,
  ]
  if (axes.length > 1 && implied.some((mask) => mask !== undefined)) {
    throw settings.refuse(`attends along ${axes.length} axes under a mask of one`)
  }
  return allOf(graph, [givenMask(call, 'attention_mask', attention), ...implied])
}

/** Masks of values and keys: those given, else implied. Keras overrides a query's by the implied one. */
function masksOfKeys(call: LayerCall, inputs: Inputs): readonly (Value | undefined)[] {
  const implied = [inputs.value, inputs.key].map((each) => each && call.masks.get(each))
  if (call.kerasMajor < 3) return implied
  if (argumentOf(call, 3, 'query_mask')) throw call.keywords.wrong('query_mask')
  const value = tensorArgument(call, 4, 'value_mask')
  const key = tensorArgument(call, 5, 'key_mask')
  return [
    givenMask(call, 'value_mask', value) ?? implied[0],
    givenMask(call, 'key_mask', key) ?? implied[1],
  ]
}

/** Keras 3 takes the masks off its inputs: whoever is called on them afterwards sees none. */
function takeMasks(
  { masks, kerasMajor }: LayerCall,
  inputs: Inputs,
  output: Value | undefined,
): void {
  const mask = masks.get(inputs.query)
  if (mask && output) masks.set(output, mask)
  if (kerasMajor < 3) return
  for (const input of [inputs.query, inputs.value, inputs.key]) if (input) masks.delete(input)
}

/** Each head of keys or values for several of queries, next to each other. */
function repeatHeads({ graph }: LayerCall, value: Value, count: number | undefined): Value {
  const [heads = 1, size = -1] = value.shape.slice(-2)
  if (count === undefined || count === heads) return value
  const before = value.shape.slice(0, -2)
  const each = unsqueeze(graph, value, [before.length + 1])
  const repeats = graph.integers([...each.shape.map(() => 1)].with(-2, count / heads))
  const shape = [...before, heads, count / heads, size]
  const repeated = graph.add({ op: 'Tile', inputs: [each, repeats], shape })
  return graph.add({
    op: 'Reshape',
    inputs: [repeated, graph.integers([...before.map(() => 0), count, size])],
    shape: [...before, count, size],
  })
}

function queryMask(call: LayerCall): Value | undefined {
  const query = tensorArgument(call, 0, 'query')
  return query && call.masks.get(query)
}

function positive(settings: Settings, key: string): number {
  const value = settings.integer(key, 0)
  if (value < 1) throw settings.wrong(key, value, '1 or more')
  return value
}
