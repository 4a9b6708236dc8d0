import { elementCount } from '../../core/tensor.ts'
import type { Attribute } from './graph.ts'

/** An operator, as far as its cost goes. */
export interface CostedNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** The shape of a value, where it is known. */
export type ShapeOf = (name: string) => readonly number[] | undefined

/**
 * The multiplications, each with its addition, of one operator; 0 for what has none, or few beside
 * those of layers, undefined where a size is not known.
 */
export function multiplyAccumulates(node: CostedNode, shapeOf: ShapeOf): number | undefined {
  const count = COUNTS.get(node.op)
  if (!count) return isInscrutable(node.op) ? undefined : 0
  const shapes = (names: readonly string[]) =>
    names.map((name) => {
      const shape = name === '' ? undefined : shapeOf(name)
      return shape?.every((size) => size >= 0) ? shape : undefined
    })
  const counted = count({ node, inputs: shapes(node.inputs), outputs: shapes(node.outputs) })
  return counted !== undefined && Number.isFinite(counted) ? counted : undefined
}

/** The values whose shapes `multiplyAccumulates` asks for. */
export function shapesNeeded({ op, inputs, outputs }: CostedNode): readonly string[] {
  if (!COUNTS.has(op)) return []
  return [...inputs.slice(0, INPUTS_NEEDED_MAX), ...outputs.slice(0, 1)].filter(
    (name) => name !== '',
  )
}

/** Of any operator in the table: X, W and R of the recurrent ones. */
const INPUTS_NEEDED_MAX = 3

type Shape = readonly number[] | undefined

interface Shapes {
  readonly node: CostedNode
  readonly inputs: readonly Shape[]
  readonly outputs: readonly Shape[]
}

/** Operators whose cost lies in graphs of their own, or in formats that are not read here. */
const INSCRUTABLE: ReadonlySet<string> = new Set([
  'Attention',
  'DeformConv',
  'If',
  'Loop',
  'MultiHeadAttention',
  'QLinearConv',
  'QLinearMatMul',
  'Scan',
])

/** An operator of another domain, which has a dot in its name, may do anything. */
function isInscrutable(op: string): boolean {
  return INSCRUTABLE.has(op) || op.includes('.')
}

const COUNTS: ReadonlyMap<string, (shapes: Shapes) => number | undefined> = new Map([
  ['Conv', convolution],
  ['ConvInteger', convolution],
  ['ConvTranspose', transposedConvolution],
  ['Einsum', einsum],
  ['GRU', recurrent],
  ['Gemm', gemm],
  ['LSTM', recurrent],
  ['MatMul', product],
  ['MatMulInteger', product],
  ['RNN', recurrent],
])

/** Each element of the output is a window of the kernel: [filters, channels of a group, ...sizes]. */
function convolution({ inputs: [, kernel], outputs: [output] }: Shapes): number | undefined {
  return kernel && output && elementCount(output) * elementCount(kernel.slice(1))
}

/** Each element of the input is spread over a window: [channels, filters of a group, ...sizes]. */
function transposedConvolution({ inputs: [input, kernel] }: Shapes): number | undefined {
  return kernel && input && elementCount(input) * elementCount(kernel.slice(1))
}

function product({ inputs: [left], outputs: [output] }: Shapes): number | undefined {
  return left && output && elementCount(output) * (left.at(-1) ?? 1)
}

function gemm({ node, inputs: [left], outputs: [output] }: Shapes): number | undefined {
  const { transA: flag } = node.attributes
  const isTransposed = flag !== undefined && 'int' in flag && flag.int !== 0
  return left && output && elementCount(output) * (left.at(isTransposed ? 0 : -1) ?? 1)
}

/** Every step multiplies by the weights of input and state; the first axes are steps and batch. */
function recurrent({ node, inputs: [input, ...weights] }: Shapes): number | undefined {
  const [kernel, recurrence] = weights
  if (!input || !kernel || !recurrence) return undefined
  const { layout } = node.attributes
  const isBatchFirst = layout !== undefined && 'int' in layout && layout.int === 1
  const [steps = 1, batch = 1] = isBatchFirst ? [input[1], input[0]] : input
  return steps * batch * (elementCount(kernel) + elementCount(recurrence))
}

/** One for every combination of all indices; `...` is not counted. */
function einsum({ node, inputs }: Shapes): number | undefined {
  const { equation } = node.attributes
  if (!equation || !('text' in equation) || equation.text.includes('.')) return undefined
  const terms = equation.text.replaceAll(' ', '').split('->')[0]?.split(',') ?? []
  const sizes = new Map<string, number>()
  for (const [index, term] of terms.entries()) {
    const shape = inputs[index]
    if (shape?.length !== term.length) return undefined
    for (const [axis, letter] of [...term].entries()) sizes.set(letter, shape[axis] ?? 1)
  }
  return terms.length < 2 ? 0 : elementCount([...sizes.values()])
}
