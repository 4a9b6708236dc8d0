import { sameShape } from '../../../../core/tensor.ts'
import type { Graph, Value } from '../../../onnx/graph.ts'
import { binary, matMul, reshapeConstant, transpose, unsqueeze } from '../../../onnx/operators.ts'
import { joinedSize } from '../../../onnx/sizes.ts'
import { knownSize, type LayerCall } from '../../layer-kind.ts'
import { maskedSoftmax, type RuledOut } from './masked-softmax.ts'

/** One of the products that a layer of heads makes. */
export interface Projection {
  /** Before the names of its weights: `query`. */
  readonly name: string
  /** How many of the last axes are summed over. */
  readonly summed: 1 | 2
  /** What there is in their place: heads and size of each, say. */
  readonly sizes: readonly number[]
}

/** `value` times a kernel, plus a bias unless `use_bias` is false. */
export function project(call: LayerCall, value: Value, { name, summed, sizes }: Projection): Value {
  const { graph, settings } = call
  const kept = value.shape.length - summed
  const inner = value.shape.slice(kept).map((_, index) => knownSize(call, value, kept + index))
  const [depth, width] = [joinedSize(inner), joinedSize(sizes)]
  const kernel = call.weight(`${name}/kernel`, [...inner, ...sizes])
  const flat = regroup(graph, value, { kept, sizes: [depth] })
  const result = graph.add({
    op: 'MatMul',
    inputs: [flat, reshapeConstant(graph, kernel, [depth, width])],
    shape: [...flat.shape.slice(0, -1), width],
  })
  if (!settings.flag('use_bias', true)) return regroup(graph, result, { kept, sizes })
  const bias = reshapeConstant(graph, call.weight(`${name}/bias`, sizes), [width])
  return regroup(graph, binary(graph, 'Add', [result, bias]), { kept, sizes })
}

/** Queries, keys and values as heads see them: [batch, …, heads, size]. */
export interface Heads {
  readonly query: Value
  readonly key: Value
  readonly value: Value
}

/** How heads attend to each other. */
export interface Attending {
  /** The axes of the inputs that are attended along; along others each looks only at its own. */
  readonly axes: readonly number[]
  readonly mask: Value | undefined
  readonly ruledOut: RuledOut
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017): what the heads find, [batch, …, heads, size],
 * and with which weights, [batch, …, heads, queries, keys].
 */
export function attendHeads(
  call: LayerCall,
  heads: Heads,
  { axes, mask, ruledOut }: Attending,
): { readonly output: Value; readonly weights: Value } {
  const { graph } = call
  const { query, key } = heads
  const rank = query.shape.length
  const others = [...query.shape.keys()].slice(1, -2).filter((axis) => !axes.includes(axis))
  const order = [0, ...others, rank - 2, ...axes, rank - 1]
  const kept = others.length + 2
  const [asked, given] = [sizesAlong(call, query, axes), sizesAlong(call, key, axes)]
  const [queries, keys] = [joinedSize(asked), joinedSize(given)]
  const flat = (value: Value, count: number) =>
    regroup(graph, transpose(graph, value, order), {
      kept,
      sizes: [count, value.shape.at(-1) ?? -1],
    })
  const scaled = binary(graph, 'Mul', [
    flat(query, queries),
    graph.scalar(1 / Math.sqrt(query.shape.at(-1) ?? 1)),
  ])
  const turned = transpose(graph, flat(key, keys), [...Array(kept).keys(), kept + 1, kept])
  const scores = matMul(graph, scaled, turned)
  const apart = regroup(graph, scores, { kept, sizes: [...asked, ...given] })
  const weights = maskedSoftmax(graph, apart, {
    mask: mask && alignMask(call, mask, { rank: apart.shape.length, last: axes.length * 2 }),
    ruledOut,
    axes: axes.map((_, index) => kept + axes.length + index),
  })
  const found = matMul(
    graph,
    regroup(graph, weights, { kept, sizes: [queries, keys] }),
    flat(heads.value, keys),
  )
  const output = regroup(graph, found, { kept, sizes: [...asked, heads.value.shape.at(-1) ?? -1] })
  const back = order.map((_, axis) => order.indexOf(axis))
  return { output: transpose(graph, output, back), weights }
}

/** The sizes that are attended along; several are put together, and must be known. */
function sizesAlong(call: LayerCall, value: Value, axes: readonly number[]): readonly number[] {
  return axes.map((axis) =>
    axes.length === 1 ? (value.shape[axis] ?? -1) : knownSize(call, value, axis),
  )
}

/** A mask gets axes of size 1 before its `last` axes, until it has those of the scores. */
function alignMask(
  { graph, settings }: LayerCall,
  mask: Value,
  { rank, last }: { readonly rank: number; readonly last: number },
): Value {
  const missing = rank - mask.shape.length
  const first = mask.shape.length - last
  if (missing < 0 || first < 0) {
    throw settings.refuse(`has a mask of [${mask.shape.join(', ')}], which does not fit its scores`)
  }
  return unsqueeze(
    graph,
    mask,
    Array.from({ length: missing }, (_, index) => first + index),
  )
}

/** `value` with its first `kept` axes as they are, and `sizes` in place of the others. */
function regroup(
  graph: Graph,
  value: Value,
  { kept, sizes }: { readonly kept: number; readonly sizes: readonly number[] },
): Value {
  const shape = [...value.shape.slice(0, kept), ...sizes]
  if (sameShape(shape, value.shape)) return value
  // ONNX takes a size of 0 from the input.
  const target = graph.integers([...Array<number>(kept).fill(0), ...sizes])
  return graph.add({ op: 'Reshape', inputs: [value, target], shape })
}
