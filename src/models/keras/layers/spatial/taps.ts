import type { Value } from '../../../onnx/graph.ts'
import { binary, reduce } from '../../../onnx/operators.ts'
import type { LayerCall } from '../../layer-kind.ts'

/** What one element of a result is made of along an axis: neighbours in the input, and their weights. */
export interface Taps {
  readonly start: number
  /** From `start` on; at least one. */
  readonly weights: readonly number[]
}

/** `value` resampled along `axis`: each element the weighted sum of its `taps`. */
export function weightedSum(
  call: LayerCall,
  value: Value,
  { axis, taps }: { readonly axis: number; readonly taps: readonly Taps[] },
): Value {
  const { graph } = call
  const width = widest(taps)
  if (width === 1 && taps.every(({ weights }) => weights[0] === 1)) {
    return pick(call, value, { axis, positions: taps.map(({ start }) => start) })
  }
  const gathered = gather(call, value, { axis, taps })
  const data = Float32Array.from(
    taps.flatMap(({ weights }) => Array.from({ length: width }, (_, tap) => weights[tap] ?? 0)),
  )
  const after = gathered.shape.slice(axis + 2).map(() => 1)
  const weights = graph.computed({ datatype: 'FP32', shape: [taps.length, width, ...after], data })
  const weighted = binary(graph, 'Mul', [gathered, weights])
  return reduce(graph, weighted, { op: 'ReduceSum', axes: [axis + 1], keepsAxes: false })
}

/** `value` resampled along `axis`: each element the largest of its `taps`, whatever their weights. */
export function largest(
  call: LayerCall,
  value: Value,
  { axis, taps }: { readonly axis: number; readonly taps: readonly Taps[] },
): Value {
  const gathered = gather(call, value, { axis, taps })
  return reduce(call.graph, gathered, { op: 'ReduceMax', axes: [axis + 1], keepsAxes: false })
}

/** The elements of `value` at `positions` along `axis`. */
export function pick(
  { graph }: LayerCall,
  value: Value,
  { axis, positions }: { readonly axis: number; readonly positions: readonly number[] },
): Value {
  const data = BigInt64Array.from(positions, BigInt)
  const indices = graph.computed({ datatype: 'INT64', shape: [positions.length], data })
  const shape = value.shape.with(axis, positions.length)
  return graph.add({ op: 'Gather', inputs: [value, indices], attributes: along(axis), shape })
}

/** Each element of the result beside its taps: `axis` becomes two. Fewer taps repeat their last one. */
function gather(
  { graph }: LayerCall,
  value: Value,
  { axis, taps }: { readonly axis: number; readonly taps: readonly Taps[] },
): Value {
  const width = widest(taps)
  const positions = taps.flatMap(({ start, weights }) =>
    Array.from({ length: width }, (_, tap) => start + Math.min(tap, weights.length - 1)),
  )
  const data = BigInt64Array.from(positions, BigInt)
  const indices = graph.computed({ datatype: 'INT64', shape: [taps.length, width], data })
  const shape = value.shape.toSpliced(axis, 1, taps.length, width)
  return graph.add({ op: 'Gather', inputs: [value, indices], attributes: along(axis), shape })
}

function widest(taps: readonly Taps[]): number {
  return taps.reduce((width, { weights }) => Math.max(width, weights.length), 1)
}

function along(axis: number): { readonly axis: { readonly int: number } } {
  return { axis: { int: axis } }
}
