import { binary, reshapeConstant, toFloat } from '../../onnx/operators.ts'
import { type LayerCall, type LayerKind, onlyInput, weightSlots } from '../layer-kind.ts'
import { activate } from './activation.ts'

/** keras.layers.EinsumDense: a product of the input and a kernel as an equation says, `abc,cd->abd`. */
export const einsumDense: LayerKind = {
  weights: (settings) =>
    weightSlots(settings.any('bias_axes') === undefined ? ['kernel'] : ['kernel', 'bias']),
  convert: (call) => {
    const { graph, settings } = call
    for (const quantized of ['quantization_config', 'lora_rank', 'gptq_unpacked_column_size']) {
      settings.only(quantized, null)
    }
    const input = toFloat(graph, onlyInput(call))
    const equation = readEquation(call)
    const sizes = readSizes(call, equation, input.shape)
    const kernel = call.weight(
      'kernel',
      [...equation.kernel].map((letter) => sizes.of.get(letter) ?? -1),
    )
    const product = isMatMul(equation)
      ? graph.add({ op: 'MatMul', inputs: [input, kernel], shape: sizes.output })
      : graph.add({
          op: 'Einsum',
          inputs: [input, kernel],
          attributes: { equation: { text: equation.text } },
          shape: sizes.output,
        })
    const axes = settings.any('bias_axes')
    if (axes === undefined) return activate(call, product)
    if (typeof axes !== 'string') throw settings.wrong('bias_axes', axes, 'letters')
    const shape = biasShape(call, { equation, axes, sizes })
    const bias = call.weight('bias', shape)
    return activate(call, binary(graph, 'Add', [product, reshapeConstant(graph, bias, shape)]))
  },
}

/** Each part is letters, one an axis; those that the equation leaves out are before or after them. */
interface Equation {
  readonly text: string
  readonly input: string
  readonly kernel: string
  readonly output: string
  readonly left: 'before' | 'after' | 'none'
}

function readEquation({ settings }: LayerCall): Equation {
  const text = settings.any('equation')
  const match = EQUATION.exec(String(text))
  const { before, input, after, kernel, before2, output, after2 } = match?.groups ?? {}
  const isKnown = input !== undefined && kernel !== undefined && output !== undefined
  if (!isKnown || before !== before2 || after !== after2 || (before && after)) {
    throw settings.wrong('equation', text, 'ab,bc->ac, ...b,bc->...c or ab...,bc->ac...')
  }
  const left = before ? 'before' : after ? 'after' : 'none'
  return { text: String(text), input, kernel, output, left }
}

const EQUATION =
  /^(?<before>\.\.\.)?(?<input>[a-zA-Z]{1,26})(?<after>\.\.\.)?,(?<kernel>[a-zA-Z]{1,26})->(?<before2>\.\.\.)?(?<output>[a-zA-Z]{1,26})(?<after2>\.\.\.)?$/

/** The size of each letter, -1 where it is only known when the model runs, and all sizes of the output. */
interface Sizes {
  readonly of: ReadonlyMap<string, number>
  readonly output: readonly number[]
  /** How many axes the letters of the output leave out. */
  readonly leftOut: number
}

function readSizes(call: LayerCall, equation: Equation, shape: readonly number[]): Sizes {
  const { settings } = call
  const { input, kernel, output, left } = equation
  const leftOut = shape.length - input.length
  const isRankKnown = left === 'none' ? leftOut === 0 : leftOut >= 0
  const letters = new Set(input + kernel)
  if (!isRankKnown || [...output].some((letter) => !letters.has(letter))) {
    throw settings.wrong('equation', equation.text, `one for [${shape.join(', ')}]`)
  }
  const skipped = left === 'before' ? leftOut : 0
  const of = new Map([...input].map((letter, index) => [letter, shape[index + skipped] ?? -1]))
  // What the setting gives are the sizes of the output after the batch, and before those left out.
  const given = settings.any('output_shape')
  const target: readonly unknown[] = Array.isArray(given) ? given : [given]
  const named = left === 'before' && leftOut > 0 ? [...output] : [...output].slice(1)
  if (target.length !== named.length) {
    throw settings.wrong('output_shape', given, `${named.length} sizes, or null`)
  }
  for (const [index, letter] of named.entries()) {
    const size = target[index]
    if (Number.isSafeInteger(size) && !(Number(of.get(letter)) > 0)) of.set(letter, Number(size))
  }
  const rest = left === 'before' ? shape.slice(0, leftOut) : shape.slice(input.length)
  const ownSizes = [...output].map((letter) => of.get(letter) ?? -1)
  const sizes = left === 'before' ? [...rest, ...ownSizes] : [...ownSizes, ...rest]
  return { of, output: sizes, leftOut }
}

/** Whether it sums the last axis of the input with the first of a matrix: what MatMul is for. */
function isMatMul({ input, kernel, output, left }: Equation): boolean {
  const [from, to, ...others] = kernel
  return (
    left !== 'after' &&
    others.length === 0 &&
    from !== to &&
    new Set(input).size === input.length &&
    input.endsWith(from ?? '') &&
    output === input.slice(0, -1) + to
  )
}

/** The bias has the axes of the output from its first one on, of size 1 where it does not differ. */
function biasShape(
  { settings }: LayerCall,
  {
    equation,
    axes,
    sizes,
  }: { readonly equation: Equation; readonly axes: string; readonly sizes: Sizes },
): readonly number[] {
  const { output, left } = equation
  const places = [...axes].map((letter) => output.indexOf(letter))
  if (places.length === 0 || places.includes(-1))
    throw settings.wrong('bias_axes', axes, `letters of ${output}`)
  const own = [...output.slice(Math.min(...places))].map((letter) =>
    axes.includes(letter) ? (sizes.of.get(letter) ?? -1) : 1,
  )
  return left === 'before' ? own : [...own, ...Array<number>(sizes.leftOut).fill(1)]
}
