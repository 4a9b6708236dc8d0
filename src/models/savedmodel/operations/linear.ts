import { readEquation } from '../../onnx/equation.ts'
import type { Flow } from '../item.ts'
import { emit, flowAt, mixing, type OpCall, type OpKind, withinSample, wrong } from '../op-call.ts'
import { countsSamples, type Size, sameSize } from '../size.ts'
import { broadcastSizes } from './broadcast.ts'
import { permute } from './shaping.ts'

/** Products of matrices. */
export const LINEAR: ReadonlyMap<string, OpKind> = new Map<string, OpKind>([
  ['MatMul', matMul('transpose_a', 'transpose_b')],
  ['BatchMatMul', matMul('adj_x', 'adj_y')],
  ['BatchMatMulV2', matMul('adj_x', 'adj_y')],
  ['BatchMatMulV3', matMul('adj_x', 'adj_y')],
  ['Einsum', einsum],
])

function matMul(left: string, right: string): OpKind {
  return (call) => {
    const [a, b] = [left, right].map((flag, index) => {
      const flow = flowAt(call, index)
      return call.node.attributes.flag(flag, false) ? swapped(call, flow) : flow
    })
    if (!a || !b || a.shape.length < 2 || b.shape.length < 2) throw wrong(call, 'takes no matrices')
    withinSample(call, a, [-1])
    withinSample(call, b, [-2])
    const [inner, other] = [a.shape.at(-1), b.shape.at(-2)]
    const isKnown = typeof inner === 'number' && typeof other === 'number'
    if (isKnown && inner !== other)
      throw wrong(call, `multiplies ${inner} columns by ${other} rows`)
    const outer = broadcastSizes(call, a.shape.slice(0, -2), b.shape.slice(0, -2))
    return emit(call, {
      op: 'MatMul',
      inputs: [a, b],
      shape: [...outer, a.shape.at(-2), b.shape.at(-1)],
    })
  }
}

/** With the last two axes swapped. */
function swapped(call: OpCall, flow: Flow): Flow {
  const axes = [...flow.shape.keys()]
  const rank = axes.length
  if (rank < 2) throw wrong(call, 'takes no matrices')
  return permute(call, flow, [...axes.slice(0, -2), rank - 1, rank - 2])
}

function einsum(call: OpCall): Flow {
  const equation = readEquation(call.node.attributes.text('equation', ''))
  if (!equation) throw wrong(call, 'has an equation that is not supported')
  const sizes = new Map<string, Size>()
  const flows = equation.terms.map((term, index) => {
    const flow = flowAt(call, index)
    if (flow.shape.length !== term.length) throw wrong(call, 'has an equation of other axes')
    for (const [axis, letter] of [...term].entries()) {
      const known = sizes.get(letter)
      const size = flow.shape[axis] ?? 1
      if (known === undefined || (typeof known !== 'number' && typeof size === 'number')) {
        sizes.set(letter, size)
      } else if (typeof known === 'number' && typeof size === 'number' && !sameSize(known, size)) {
        throw wrong(call, `has axes "${letter}" of ${known} and ${size}`)
      }
    }
    return flow
  })
  const summed = [...sizes].filter(([letter]) => !equation.result.includes(letter))
  if (summed.some(([, size]) => countsSamples(size))) throw mixing(call)
  return emit(call, {
    op: 'Einsum',
    inputs: flows,
    attributes: { equation: { text: equation.text } },
    shape: [...equation.result].map((letter) => sizes.get(letter)),
  })
}
