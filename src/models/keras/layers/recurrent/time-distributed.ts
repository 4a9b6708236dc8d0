import type { Graph, Value } from '../../../onnx/graph.ts'
import { cast } from '../../../onnx/operators.ts'
import { quote, refuse } from '../../../refuse.ts'
import { type LayerCall, type LayerKind, onlyInput } from '../../layer-kind.ts'

/** keras.layers.TimeDistributed: another layer, or model, at each step: steps are samples to it. */
export const timeDistributed: LayerKind = {
  convert: (call) => {
    const { graph, settings, masks } = call
    settings.precision()
    const input = onlyInput(call)
    const [inner] = call.wrapped
    if (!inner || input.shape.length < 3) {
      throw refuse(
        `layer ${quote(settings.place)} takes [${input.shape.join(', ')}] (expected [batch, time, ...])`,
      )
    }
    const mask = call.mask()
    const steps = foldTime(graph, input)
    if (mask && mask.shape.length > 2) masks.set(steps, foldTime(graph, mask))
    const results = inner.apply([steps])
    const outputs = results.map((result) => unfoldTime(graph, result, input))
    const [first] = results
    const found = first && masks.get(first)
    if (found && outputs[0] && call.kerasMajor < 3) {
      masks.set(outputs[0], unfoldTime(graph, found, input))
    }
    return outputs
  },
  mask: (call, output) => call.masks.get(output) ?? stepMask(call),
}

/** Keras 3 passes a mask on as it is; Keras 2 lets a step count in which anything does. */
function stepMask(call: LayerCall): Value | undefined {
  const { graph, kerasMajor } = call
  const mask = call.mask()
  if (!mask || kerasMajor >= 3 || mask.shape.length === 2) return mask
  const axes = mask.shape.slice(2).map((_, index) => index + 2)
  const inputs = [cast(graph, mask, 'FP32'), graph.integers(axes)]
  const attributes = { keepdims: { int: 0 } }
  const shape = mask.shape.slice(0, 2)
  return cast(graph, graph.add({ op: 'ReduceMax', inputs, attributes, shape }), 'BOOL')
}

/** [batch, time, ...] as [batch * time, ...] */
function foldTime(graph: Graph, value: Value): Value {
  const shape = [-1, ...value.shape.slice(2)]
  const sizes = shape.slice(1).includes(-1)
    ? join(graph, [graph.integers([-1]), sizesOf(graph, value, [2])])
    : graph.integers(shape)
  return graph.add({ op: 'Reshape', inputs: [value, sizes], shape })
}

/** The opposite, with the batch and time of `like`. */
function unfoldTime(graph: Graph, value: Value, like: Value): Value {
  const shape = [...like.shape.slice(0, 2), ...value.shape.slice(1)]
  const sizes = shape.slice(1).includes(-1)
    ? join(graph, [sizesOf(graph, like, [0, 2]), sizesOf(graph, value, [1])])
    : graph.integers(shape)
  return graph.add({ op: 'Reshape', inputs: [value, sizes], shape })
}

/** The sizes of `value` when the model runs, of some of its axes. */
function sizesOf(graph: Graph, value: Value, [start, end]: readonly [number, number?]): Value {
  const { length } = value.shape.slice(start, end)
  return graph.add({
    op: 'Shape',
    inputs: [value],
    attributes: { start: { int: start }, ...(end !== undefined && { end: { int: end } }) },
    shape: [length],
    datatype: 'INT64',
  })
}

function join(graph: Graph, parts: readonly Value[]): Value {
  const shape = [parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0)]
  return graph.add({ op: 'Concat', inputs: parts, attributes: { axis: { int: 0 } }, shape })
}
