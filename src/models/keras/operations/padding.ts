import type { Value } from '../../onnx/graph.ts'
import { padsOf, type Sides } from '../../onnx/window.ts'
import type { Operands } from './operands.ts'
import type { Operation } from './operation.ts'
import { inKernel } from './reduction.ts'

/** The tensor within a frame: of a constant, or of its own elements reflected. */
export const padded: Operation = (operands) => {
  const { graph } = operands
  const value = operands.value('x')
  const mode = operands.choice('mode', ['constant', 'reflect', 'CONSTANT', 'REFLECT']).toLowerCase()
  const pairs = paddings(operands, value)
  const shape = value.shape.map((size, axis) => {
    const [before = 0, after = 0] = pairs[axis] ?? []
    const isIn = mode === 'constant' || (size > before && size > after) || before + after === 0
    if (before < 0 || after < 0 || !isIn || (axis === 0 && before + after > 0))
      throw operands.wrong('pad_width', pairs, 'what fits around a sample')
    return size === -1 ? -1 : size + before + after
  })
  const widths = graph.integers(padsOf(pairs))
  const fill = operands.number('constant_values', 0)
  return inKernel(operands, value, (inner) => {
    const filler = operands.as({ type: 'number', shape: [], numbers: [fill] }, inner.datatype)
    const inputs = mode === 'constant' ? [inner, widths, filler] : [inner, widths]
    return graph.add({ op: 'Pad', inputs, attributes: { mode: { text: mode } }, shape })
  })
}

function paddings(operands: Operands, value: Value): readonly Sides[] {
  const given = operands.json('pad_width')
  const rank = value.shape.length
  if (!Array.isArray(given) || given.length !== rank)
    throw operands.wrong('pad_width', given, `${rank} pairs`)
  return given.map((pair: unknown) => {
    const [before, after, ...others] = Array.isArray(pair) ? pair : []
    if (!Number.isSafeInteger(before) || !Number.isSafeInteger(after) || others.length > 0)
      throw operands.wrong('pad_width', given, `${rank} pairs`)
    return [Number(before), Number(after)] as const
  })
}
