import type { Graph, Value } from '../onnx/graph.ts'
import { binary, compare, elementwise, reduce, toFloat, topOf, unary } from '../onnx/operators.ts'
import { refuse } from '../refuse.ts'

/** Adds an activation to the graph. */
type Change = (graph: Graph, value: Value) => Value

/** Applies Keras' activation `name`; undefined where there is no such name. */
export function namedActivation(
  graph: Graph,
  value: Value,
  { name, kerasMajor }: { readonly name: string; readonly kerasMajor: number },
): Value | undefined {
  if (name === 'linear') return value
  const change = kerasMajor < 3 && name === 'hard_sigmoid' ? hardSigmoid2 : ELEMENTWISE.get(name)
  if (change) return elementwise(graph, toFloat(graph, value), (inner) => change(graph, inner))
  return ALONG_LAST_AXIS.get(name)?.(graph, toFloat(graph, value))
}

/** 0.2 x + 0.5, between 0 and 1: what `hard_sigmoid` was before Keras 3. */
const hardSigmoid2: Change = (graph, value) =>
  unary(graph, value, { op: 'HardSigmoid', alpha: { float: 0.2 }, beta: { float: 0.5 } })

const hardSwish: Change = (graph, value) => unary(graph, value, { op: 'HardSwish' })
const swish: Change = (graph, value) =>
  binary(graph, 'Mul', [value, unary(graph, value, { op: 'Sigmoid' })])

/**
 * What works on each element by itself (keras.activations 3.15; Keras 2 has a part of it).
 * `threshold` is not here: Keras itself cannot call it by name, as its values have no defaults.
 */
const ELEMENTWISE: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['relu', (graph, value) => unary(graph, value, { op: 'Relu' })],
  ['relu6', (graph, value) => clip(graph, value, { min: 0, max: 6 })],
  ['leaky_relu', (graph, value) => unary(graph, value, { op: 'LeakyRelu', alpha: { float: 0.2 } })],
  ['elu', (graph, value) => unary(graph, value, { op: 'Elu', alpha: { float: 1 } })],
  ['selu', (graph, value) => unary(graph, value, { op: 'Selu' })],
  ['celu', (graph, value) => unary(graph, value, { op: 'Celu', alpha: { float: 1 } })],
  ['gelu', (graph, value) => unary(graph, value, { op: 'Gelu', approximate: { text: 'none' } })],
  ['silu', swish],
  ['swish', swish],
  ['hard_silu', hardSwish],
  ['hard_swish', hardSwish],
  ['mish', (graph, value) => unary(graph, value, { op: 'Mish' })],
  ['sigmoid', (graph, value) => unary(graph, value, { op: 'Sigmoid' })],
  [
    'hard_sigmoid',
    (graph, value) =>
      unary(graph, value, { op: 'HardSigmoid', alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  ],
  ['log_sigmoid', logSigmoid],
  ['softplus', (graph, value) => unary(graph, value, { op: 'Softplus' })],
  ['softsign', (graph, value) => unary(graph, value, { op: 'Softsign' })],
  ['tanh', (graph, value) => unary(graph, value, { op: 'Tanh' })],
  [
    'tanh_shrink',
    (graph, value) => binary(graph, 'Sub', [value, unary(graph, value, { op: 'Tanh' })]),
  ],
  ['hard_tanh', (graph, value) => clip(graph, value, { min: -1, max: 1 })],
  [
    'hard_shrink',
    (graph, value) =>
      unary(graph, value, { op: 'Shrink', lambd: { float: 0.5 }, bias: { float: 0 } }),
  ],
  [
    'soft_shrink',
    (graph, value) =>
      unary(graph, value, { op: 'Shrink', lambd: { float: 0.5 }, bias: { float: 0.5 } }),
  ],
  ['squareplus', squareplus],
  ['sparse_plus', sparsePlus],
  [
    'sparse_sigmoid',
    (graph, value) =>
      unary(graph, value, { op: 'HardSigmoid', alpha: { float: 0.5 }, beta: { float: 0.5 } }),
  ],
  ['exponential', (graph, value) => unary(graph, value, { op: 'Exp' })],
])

/** What looks at all elements along the last axis. */
const ALONG_LAST_AXIS: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['softmax', (graph, value) => unary(graph, value, { op: 'Softmax', axis: { int: -1 } })],
  ['log_softmax', (graph, value) => unary(graph, value, { op: 'LogSoftmax', axis: { int: -1 } })],
  ['glu', glu],
  ['sparsemax', sparsemax],
])

/** Every name that an `activation` setting may have. */
export const ACTIVATION_NAMES: readonly string[] = [
  'linear',
  ...ELEMENTWISE.keys(),
  ...ALONG_LAST_AXIS.keys(),
]

/** `value` between `min` and `max`; absent bounds do not bind. */
export function clip(
  graph: Graph,
  value: Value,
  { min, max }: { readonly min?: number; readonly max?: number },
): Value {
  const bound = (limit: number | undefined) =>
    limit === undefined ? undefined : graph.scalar(limit)
  return graph.add({ op: 'Clip', inputs: [value, bound(min), bound(max)], shape: value.shape })
}

/** log(1 / (1 + exp(-x))), as -softplus(-x), which does not overflow. */
function logSigmoid(graph: Graph, value: Value): Value {
  const negative = unary(graph, value, { op: 'Neg' })
  return unary(graph, unary(graph, negative, { op: 'Softplus' }), { op: 'Neg' })
}

/** (x + sqrt(x^2 + 4)) / 2 */
function squareplus(graph: Graph, value: Value): Value {
  const square = binary(graph, 'Mul', [value, value])
  const root = unary(graph, binary(graph, 'Add', [square, graph.scalar(4)]), { op: 'Sqrt' })
  return binary(graph, 'Mul', [binary(graph, 'Add', [value, root]), graph.scalar(0.5)])
}

/** 0 up to -1, (x + 1)^2 / 4 up to 1, then x: a parabola of the clipped value, and the rest. */
function sparsePlus(graph: Graph, value: Value): Value {
  const clipped = clip(graph, value, { min: -1, max: 1 })
  const shifted = binary(graph, 'Add', [clipped, graph.scalar(1)])
  const parabola = binary(graph, 'Mul', [
    binary(graph, 'Mul', [shifted, shifted]),
    graph.scalar(0.25),
  ])
  const beyond = unary(graph, binary(graph, 'Sub', [value, graph.scalar(1)]), { op: 'Relu' })
  return binary(graph, 'Add', [parabola, beyond])
}

/** The first half of the last axis, gated by the sigmoid of the second (Dauphin et al. 2016). */
function glu(graph: Graph, value: Value): Value {
  const width = value.shape.at(-1) ?? -1
  if (width < 0 || width % 2 !== 0)
    throw refuse(`activation "glu" takes an even width (not ${width})`)
  const [gated, gate] = graph.addAll(
    {
      op: 'Split',
      inputs: [value],
      attributes: { axis: { int: -1 }, num_outputs: { int: 2 } },
      shape: [...value.shape.slice(0, -1), width / 2],
    },
    2,
  )
  if (!gated || !gate) throw new RangeError('Cannot split a value: it gave less than two')
  return binary(graph, 'Mul', [gated, unary(graph, gate, { op: 'Sigmoid' })])
}

/**
 * Martins and Astudillo 2016, but with the threshold that Keras' TensorFlow backend computes: it sums
 * the running sums of the support, where the paper takes the last one. Answers agree with Keras.
 */
function sparsemax(graph: Graph, value: Value): Value {
  const width = value.shape.at(-1) ?? -1
  if (width < 0) throw refuse('activation "sparsemax" takes a known width')
  const { shape } = value
  const [sorted] = topOf(graph, value, { count: width, axis: shape.length - 1 })
  const sums = graph.add({
    op: 'CumSum',
    inputs: [sorted, graph.integers([shape.length - 1])],
    shape,
  })
  const ranks = graph.constant({
    datatype: 'FP32',
    shape: [width],
    data: Float32Array.from({ length: width }, (_, index) => index + 1),
  })
  const excess = binary(graph, 'Div', [binary(graph, 'Sub', [sums, graph.scalar(1)]), ranks])
  const inside = compare(graph, 'Greater', [sorted, excess])
  const support = toFloat(graph, inside)
  const total = sumLast(graph, binary(graph, 'Mul', [support, sums]))
  const count = sumLast(graph, support)
  const threshold = binary(graph, 'Div', [binary(graph, 'Sub', [total, graph.scalar(1)]), count])
  return unary(graph, binary(graph, 'Sub', [value, threshold]), { op: 'Relu' })
}

function sumLast(graph: Graph, value: Value): Value {
  return reduce(graph, value, { op: 'ReduceSum', axes: [value.shape.length - 1], keepsAxes: true })
}
